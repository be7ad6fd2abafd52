import ArgumentParser
import EmbCodecs
import EmbFormat
import EmbStorePack
import Foundation

/// `embstore pack`.
struct Pack: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pack tables into one file, and say what it cost.",
        discussion: """
            embstore pack items.npy -o items.emb
            embstore pack glove.txt --codec 'rotation | int4' -o glove.emb
            embstore pack model.safetensors --codec int8 --codec users=f16 -o model.emb
            embstore pack --import qr state.safetensors --codec f16 -o items.emb
            embstore pack --import mde user.safetensors item.safetensors --codec int8 -o features.emb
            embstore pack items.npy --codec 'lowrank | int8' --budget 25MB -o items.emb

            Sources are .npy, .npz, .safetensors and their .index.json, GloVe and word2vec text and binary, and CSV. \
            A table gets the name of its tensor, or else of its file. The file appears when all of it is written, or \
            not at all.
            """)

    @Argument(help: "Files to read tables from.", completion: .file())
    var sources: [String]

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var output: String?

    @Flag(name: .shortAndLong, help: "Replace the file if it exists.")
    var force = false

    @OptionGroup(title: "Sources") var source: SourceFlags
    @OptionGroup(title: "Tables") var tables: TableFlags
    @OptionGroup(title: "Trained states") var trained: ImportFlags

    @Option(
        name: [.customShort("j"), .long], parsing: .unconditional,
        help: "Threads that encode; 0 for all cores. The bytes do not depend on it.")
    var threads = 0

    @Option(help: "The generation in the superblock: raise it with each repacking of the same tables.")
    var generation: UInt64 = 1

    @Flag(help: "Print bytes per row and totals, read no rows, write nothing.")
    var dryRun = false

    @OptionGroup var told: OutputOptions
    @OptionGroup var progress: ProgressOptions

    func validate() throws {
        guard output != nil || dryRun else { throw ValidationError("Missing expected option '-o <file>'") }
        guard output != "-" else {
            throw ValidationError("a file is written in place, so standard output cannot be one")
        }
        if let output, let kept = (sources + [source.keys].compactMap { $0 }).first(where: { isSame($0, output) }) {
            throw ValidationError("-o \(output) would replace \(kept), which is read; choose another name")
        }
        guard threads >= 0 else { throw ValidationError("-j is \(threads), expected 0 or more") }
    }

    private func isSame(_ path: String, _ other: String) -> Bool {
        URL(filePath: path).resolvingSymlinksInPath() == URL(filePath: other).resolvingSymlinksInPath()
    }

    func run() throws {
        let (asked, opened, ownFeatures) = try readPlans()
        let plans = try tables.withinBudget(asked, told)
        let estimates = try plans.map { try $0.estimate() }
        let features = try tables.features(plans) + ownFeatures
        if dryRun { return try DryRunOutput(plans, estimates).print(told) }
        for (plan, estimate) in zip(plans, estimates) {
            told.detail(detail(plan, estimate))
            warn(plan, estimate)
        }
        let outcome = try Blocking.run { try await pack(plans, features, opened) }
        tables.warn(outcome.reports, told)
        try PackOutput(outcome, file: output!).print(told)
    }

    /// The tables to pack, what they are read from, and the features that come with them.
    private func readPlans() throws -> ([TablePlan], [SourceFlags.Opened], [FeatureEntry]) {
        guard let method = trained.method else {
            let opened = try source.open(sources)
            return (try tables.plans(opened), opened, [])
        }
        guard !source.isUsed else {
            throw Failure.usage("--import reads a state by its own names, without --from or --tensor")
        }
        let imported = try trained.tables(method, sources, tables)
        let plans = try tables.plans(imported)
        let features = imported.enumerated().flatMap { number, table in
            table.features.map { FeatureEntry(name: $0.name, table: UInt32(number), arguments: $0.arguments) }
        }
        return (plans, plans.map { SourceFlags.Opened(path: sources[0], source: $0.source) }, features)
    }

    private func pack(
        _ plans: [TablePlan], _ features: [FeatureEntry], _ opened: [SourceFlags.Opened]
    ) async throws -> PackOutcome {
        var packer = Packer()
        packer.replacing = force
        packer.generation = generation
        packer.threads = threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount
        let reporter = progress.reporter(told)
        defer { reporter.finish() }
        let rowBytes = Dictionary(
            zip(plans.map(\.name), opened.map(\.rowBytes)), uniquingKeysWith: { first, _ in first })
        let start = ContinuousClock.now
        let packed = try await packer.pack(plans, features: features, to: output!) { moment in
            let what = moment.part == .reading ? moment.table : "\(moment.table): \(moment.part.rawValue)"
            reporter.update(
                what, moment.rowsDone, of: moment.rowCount, bytesPerUnit: rowBytes[moment.table] ?? 1)
        }
        return PackOutcome(
            reports: packed.reports, fileBytes: packed.fileBytes, seconds: Units.seconds(ContinuousClock.now - start))
    }

    /// What is read, and what becomes of it.
    private func detail(_ plan: TablePlan, _ estimate: PackEstimate) -> String {
        let shape = plan.source.shape
        let rows = shape.rowCount.map { "\($0)" } ?? "?"
        return "\(shape.name): \(rows) x \(shape.dim) \(shape.element.rawValue), keys: \(shape.keys); "
            + "table \"\(plan.name)\": \(estimate.composition), \(Units.fixed(estimate.rowBytes, 1)) bytes per stored row"
    }

    /// Says beforehand what fitting shared rows to a finished table will lose.
    private func warn(_ plan: TablePlan, _ estimate: PackEstimate) {
        guard !plan.rowsAreStored, !estimate.composition.indexer.ownsRows else { return }
        let stage = type(of: estimate.composition.indexer).name
        let loss = estimate.keptEnergy.map { "about \(Units.percent(1 - $0))" } ?? "most"
        told.note(
            """
            warning: table "\(plan.name)": \(stage) is made for rows that were trained through it. Fitted to a \
            finished table it loses \(loss) of the energy, whatever the codec; give trained rows with --stored-rows, \
            or choose a codec without \(stage)
            """)
    }
}
