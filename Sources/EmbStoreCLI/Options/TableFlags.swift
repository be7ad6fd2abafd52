import ArgumentParser
import EmbFormat
import EmbStorePack

/// What becomes of the tables that are packed.
struct TableFlags: ParsableArguments {
    static let defaultCodec = "int8"

    @Option(
        help: ArgumentHelp(
            "How to store tables, such as int8, f16 or 'rotation | int4' (default: int8); TABLE=EXPRESSION for one of them.",
            valueName: "expression"))
    var codec: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            The most that the columns of the table may take: rows, index, maps, codebooks, all of it; the file has some \
            kilobytes more, and up to 2 MiB of padding. Leave one size out of --codec, and it becomes the largest that fits: \
            'hashed | f16', 'unified(probes=2) | int8', 'qr | f32', 'robe(block=32) | f16', 'tensorTrain | f32', \
            'lowrank | int8', 'prefix | f16', pq, rq, rbe, rabitq. Where none is left out the table is only checked.
            """, valueName: "size"), transform: ByteSize.parse)
    var budget: ByteSize?

    @Option(help: ArgumentHelp("The table's name, if there is only one.", valueName: "name"))
    var table: String?

    @Option(
        help: ArgumentHelp(
            "A name under which services ask for the table; NAME=TABLE if there are several. 'NAME: ARGUMENTS' reads it "
                + "in a way of its own, such as 'item: probes=3, salt=1'.", valueName: "name"))
    var feature: [String] = []

    @Option(help: "What a lookup does about ids without a row; error by default.")
    var missing: MissingPolicy?

    @Option(
        help: ArgumentHelp(
            "The row for missing ids under --missing default: a key, or a row number if there are no keys.",
            valueName: "row-or-key"))
    var defaultRow: String?

    @Option(help: "What to do about rows whose key came before.")
    var onDuplicate: DuplicatePolicy = .error

    @Option(help: "What to do about NaN and infinities that the codec cannot store.")
    var nonFinite: NonFinitePolicy = .refuse

    @Option(help: "Store rows in compressed blocks, for tables that are read rarely.")
    var compress: Compression?

    @Option(
        help: ArgumentHelp("Bytes of a block before compression; 64KiB by default.", valueName: "size"),
        transform: ByteSize.parse)
    var blockSize = ByteSize(64 << 10)

    @Option(
        help: ArgumentHelp(
            """
            How often each row is asked for: a one-dimensional .npy or one number a line. Fits pay attention to what is asked \
            for often, and the error is also told as traffic sees it.
            """, valueName: "file"), completion: .file())
    var frequencies: String?

    @Option(
        help: ArgumentHelp(
            "The order in which rows are stored; any but source reads the source into memory. frequency=FILE gives "
                + "--frequencies too.", valueName: "order"))
    var order = StoredOrder(argument: "source")!

    @Flag(help: "The sources hold what the codec stores, trained elsewhere, and not embeddings.")
    var storedRows = false

    enum Compression: String, ExpressibleByArgument, CaseIterable { case lz4, zstd }

    func validate() throws {
        guard UInt64(blockSize.count) <= FormatLimits.blockBytes else {
            throw ValidationError("--block-size is \(blockSize.count), expected at most \(FormatLimits.blockBytes)")
        }
        guard order.frequencies == nil || frequencies == nil else {
            throw ValidationError("--order frequency=FILE and --frequencies say the same thing; give one")
        }
        guard order.order != .frequency || order.frequencies ?? frequencies != nil else {
            throw ValidationError("--order frequency needs --frequencies")
        }
        guard missing != .default || defaultRow != nil else {
            throw ValidationError("--missing default needs --default-row")
        }
    }

    func plans(_ opened: [SourceFlags.Opened]) throws -> [TablePlan] {
        try checkCount(opened.count, "; choose one with --tensor")
        let names = opened.map { table ?? $0.tableName }
        let counts = try readFrequencies()
        let expressions = try self.expressions(names)
        return try zip(names, opened).map { name, opened in
            var plan = TablePlan(name: name, source: opened.source, expression: expressions[name]!)
            plan.rowsAreStored = storedRows
            plan.frequencies = counts
            try complete(&plan)
            return plan
        }
    }

    /// The plans of imported tables.
    func plans(_ imported: [ImportedTable]) throws -> [TablePlan] {
        try checkCount(imported.count, "")
        let counts = try readFrequencies()
        return try imported.map { imported in
            var plan = imported.plan
            if let table { plan.name = table }
            plan.frequencies = counts
            try complete(&plan)
            return plan
        }
    }

    private func checkCount(_ count: Int, _ advice: String) throws {
        guard count != 1 else { return }
        for (flag, isGiven) in [("--table", table != nil), ("--frequencies", frequencies ?? order.frequencies != nil)]
        where isGiven {
            throw Failure.usage("\(flag) goes with one table, and there are \(count)\(advice)")
        }
    }

    private func readFrequencies() throws -> [Float]? {
        try (order.frequencies ?? frequencies).map { try FrequencyFile.read($0) }
    }

    /// The plans, the size that one leaves open chosen so that it fits the budget.
    func withinBudget(_ plans: [TablePlan], _ told: OutputOptions) throws -> [TablePlan] {
        guard let budget else { return plans }
        guard plans.count == 1 else {
            throw Failure.usage(
                "--budget goes with one table, and there are \(plans.count); choose one with --tensor")
        }
        let fitted = try plans[0].fitting(bytes: UInt64(budget.count))
        let what = fitted.chosen.map { "\($0) chosen" } ?? "nothing left to choose"
        told.note(
            "budget: \(fitted.plan.expression) takes \(fitted.columnBytes) of \(budget.count) bytes; \(what)")
        return [fitted.plan]
    }

    /// Says so if more was written than could be known beforehand: of key indexes whose buckets were too crowded.
    func warn(_ reports: [PackReport], _ told: OutputOptions) {
        guard let budget, let bytes = reports.first?.columnBytes, bytes > UInt64(budget.count) else { return }
        told.note("warning: \(bytes) bytes of columns, more than the budget of \(budget.count)")
    }

    private func complete(_ plan: inout TablePlan) throws {
        plan.order = order.order
        if let missing { plan.missing = missing }
        plan.defaultRow = try defaultRow(plan.source)
        plan.duplicates = onDuplicate
        plan.nonFinite = nonFinite
        if let compress { plan.storage = .init(compress == .lz4 ? .lz4 : .zstd, blockBytes: blockSize.count) }
    }

    /// The expression of each table: its own, else the one for all.
    func expressions(_ names: [String]) throws -> [String: String] {
        var (general, own) = (Self.defaultCodec, [String: String]())
        for text in codec {
            if let name = names.first(where: { text.hasPrefix($0 + "=") }) {
                own[name] = String(text.dropFirst(name.count + 1))
            } else if let stranger = Self.tableName(text) {
                throw Failure.usage("--codec \(text): there is no table \"\(stranger)\" but \(Self.list(names))")
            } else {
                general = text
            }
        }
        return Dictionary(names.map { ($0, own[$0] ?? general) }, uniquingKeysWith: { first, _ in first })
    }

    /// What stands before an equals sign outside parentheses, where expressions have none.
    private static func tableName(_ text: String) -> Substring? {
        let head = text.prefix { $0 != "(" && $0 != "=" }
        return head.endIndex < text.endIndex && text[head.endIndex] == "=" ? head : nil
    }

    private func defaultRow(_ source: any RowSource) throws -> DefaultRow? {
        guard let defaultRow else { return nil }
        guard source.shape.keys == .none else { return .key(defaultRow) }
        guard let row = UInt64(defaultRow) else {
            throw Failure.usage(
                "--default-row is \"\(defaultRow)\", expected a row number, as \(source.shape.name) has no keys")
        }
        return .row(row)
    }

    func features(_ plans: [TablePlan]) throws -> [FeatureEntry] {
        let names = plans.map(\.name)
        return try feature.map { try FeatureText($0).entry(tables: names) }
    }

    static func list(_ names: [String]) -> String {
        let shown = names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
        return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
    }
}
