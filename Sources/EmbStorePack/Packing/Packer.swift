public import EmbCodecs
public import EmbFormat
public import EmbIO
internal import EmbStore

/// Packs tables into one file.
public struct Packer: Sendable {
    public var replacing = false
    public var generation: UInt64 = 1
    /// What the superblock says of the writing program: at most 32 bytes of printable ASCII.
    public var writer = StoreWriter.program
    /// Threads that encode; the bytes do not depend on it.
    public var threads = 1
    public var registry = Registry.builtin
    public var fileSystem: any FileSystem = PosixFileSystem()

    public init() {}

    /// Packs `tables`, in order, into the file at `path`.
    ///
    /// The file appears under its name when everything is written and synced, or not at all. Memory: tiles of 32 MiB and
    /// what the index of a table needs; for tables whose rows are shared, several times the stored rows.
    ///
    /// - Parameters:
    ///   - features: Further names for tables, beside those of the plans.
    ///   - progress: Called now and then, from one thread at a time.
    public func pack(
        _ tables: [TablePlan], features: [FeatureEntry] = [], to path: String,
        progress: @escaping @Sendable (PackProgress) -> Void = { _ in }
    ) async throws(PackError) -> (reports: [PackReport], fileBytes: UInt64) {
        try PlanCheck(tables, features, writer: writer).check()
        let writer = try io { () throws(IOError) in
            try StoreWriter(
                path: path, replacing: replacing, generation: generation, writer: self.writer, fileSystem: fileSystem)
        }
        var reports: [PackReport] = []
        for (number, plan) in tables.enumerated() {
            let packer = try TablePacker(plan, writer, threads: max(threads, 1), registry: registry, progress)
            let report = try await packer.pack()
            for feature in features where feature.table == number { try packer.check(feature, report) }
            reports.append(report)
            for name in plan.features { writer.add(FeatureEntry(name: name, table: UInt32(number))) }
        }
        for feature in features { writer.add(feature) }
        let fileBytes = try io { () throws(IOError) in try writer.commit() }
        return (reports, fileBytes)
    }

    private func io<Result>(_ body: () throws(IOError) -> Result) throws(PackError) -> Result {
        do throws(IOError) { return try body() } catch { throw .io(error) }
    }
}
