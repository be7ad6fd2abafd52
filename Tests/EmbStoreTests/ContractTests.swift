import EmbCodecs
import EmbFormat
import EmbKernels
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// Indexers that this package does not have yet, made of its contract alone: quotient and remainder rows multiplied,
/// a weight per id, windows of one array, and a feature with arguments of its own.
@Suite struct ContractTests {
    private static let registry: Registry = {
        var registry = Registry.builtin
        registry.indexers += [QuotientRemainder.self, WeighedID.self, Windows.self]
        return registry
    }()

    private func pack(
        _ values: [Float], dim: Int, _ expression: String, _ folder: TemporaryFolder
    ) async throws -> EmbeddingTable {
        try await TestTables.pack(values, dim: dim, expression, in: folder, registry: Self.registry) {
            $0.rowsAreStored = true
        }
    }

    @Test func `quotient and remainder rows multiply`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 14, dim: 5)  // 10 quotients, then 4 remainders
        let table = try await pack(values, dim: 5, "quotients(divisor=4) | f32", folder)
        func product(_ id: Int) -> [Float] {
            (0..<5).map { values[id / 4 * 5 + $0] * values[(10 + id % 4) * 5 + $0] }
        }
        #expect(try table.gather([0, 7, 39, 7]) == [0, 7, 39, 7].flatMap(product))
        let sum = try table.pooled([7, 39], lengths: [2], .sum)
        #expect(sum == zip(product(7), product(39)).map { 1 * $1 + (1 * $0 + 0) })
        let largest = try table.pooled([7, 39], lengths: [2], .max)
        #expect(largest == zip(product(7), product(39)).map { max($0, $1) })
    }

    @Test func `a weight per id scales its row`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 8, dim: 5)
        let table = try await pack(values, dim: 5, "weighed | f32", folder)
        func scaled(_ id: Int, by factor: Float = 1) -> [Float] {
            (0..<5).map { values[id * 5 + $0] * (factor * (Float(id) + 0.5)) }
        }
        #expect(try table.gather([3, 0, 7]) == scaled(3) + scaled(0) + scaled(7))
        #expect(try table.pooled([5], lengths: [1], weights: [2], .sum) == scaled(5, by: 2))
    }

    @Test func `rows may be windows at any number of one array`() async throws {
        let folder = try TemporaryFolder()
        let array = TestTables.values(rows: 1, dim: 40)
        let shape = 8  // numbers of a window
        var packer = Packer()
        packer.registry = Self.registry
        let path = folder.path(of: "windows.emb")
        try WindowsFile.write(array, window: shape, to: path)
        let table = try Store(path: path, registry: Self.registry).table("t")
        #expect(try table.gather([0, 5, 32]) == [0, 5, 32].flatMap { array[$0..<$0 + shape] })
        #expect(throws: LookupError.missingID(table: "t", position: 0, id: "33")) { try table.gather([33]) }
    }

    @Test func `windows need a codec that stores them`() throws {
        let composition = try Composition("windows | int8", registry: Self.registry)
        #expect(throws: ExpressionError.self) { try composition.storedShape(rowCount: 3, dim: 8) }
    }
}

/// Ids share quotient rows and remainder rows, multiplied.
private struct QuotientRemainder: Indexer {
    static let name = "quotients"
    let divisor: UInt64

    init(_ arguments: inout StageArguments) throws(ExpressionError) {
        divisor = try arguments.integer("divisor", in: 1...100) ?? 1
    }

    var arguments: [ArgumentSyntax] { [ArgumentSyntax("divisor", "\(divisor)")] }
    var probes: Int { 2 }
    var combine: Combine { .multiply }
    var idKind: IDKind? { .integer }
    var ownsRows: Bool { false }

    func rowCount(idCount: UInt64) throws(ExpressionError) -> UInt64 { (idCount + divisor - 1) / divisor + divisor }

    func check(idCount: UInt64, rowCount: UInt64) throws(FormatError) {}

    func open(_ columns: inout ColumnSet, idCount: UInt64, rowCount: UInt64) throws(FormatError) -> any IndexReader {
        Reader(divisor: divisor, quotients: rowCount - divisor)
    }

    func makeBuilder(
        idCount: UInt64?, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any IndexBuilder { NothingToBuild() }

    struct Reader: IndexReader {
        let divisor: UInt64
        let quotients: UInt64
        var probes: Int { 2 }
        var combine: Combine { .multiply }
        func accepts(_ kind: IDKind) -> Bool { kind == .integer }

        func address(
            _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
            _ kernels: Kernels
        ) throws(FormatError) -> Int {
            for i in 0..<ids.count {
                rows[layout.place(i, 0)] = UInt32(ids.key(i) / divisor)
                rows[layout.place(i, 1)] = UInt32(quotients + ids.key(i) % divisor)
            }
            return 0
        }
    }
}

/// The id is the row, and its row is multiplied by id + 1/2.
private struct WeighedID: Indexer {
    static let name = "weighed"

    init(_ arguments: inout StageArguments) throws(ExpressionError) {}

    var idKind: IDKind? { .integer }
    var ownsRows: Bool { true }

    func rowCount(idCount: UInt64) throws(ExpressionError) -> UInt64 { idCount }

    func check(idCount: UInt64, rowCount: UInt64) throws(FormatError) {}

    func open(_ columns: inout ColumnSet, idCount: UInt64, rowCount: UInt64) throws(FormatError) -> any IndexReader {
        Reader()
    }

    func makeBuilder(
        idCount: UInt64?, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any IndexBuilder { NothingToBuild() }

    struct Reader: IndexReader {
        var weighsProbes: Bool { true }
        func accepts(_ kind: IDKind) -> Bool { kind == .integer }

        func address(
            _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
            _ kernels: Kernels
        ) throws(FormatError) -> Int {
            for i in 0..<ids.count {
                rows[layout.place(i, 0)] = UInt32(ids.key(i))
                weights[layout.place(i, 0)] = Float(ids.key(i)) + 0.5
            }
            return 0
        }
    }
}

/// The id is where the window begins.
private struct Windows: Indexer {
    static let name = "windows"

    init(_ arguments: inout StageArguments) throws(ExpressionError) {}

    var idKind: IDKind? { .integer }
    var ownsRows: Bool { true }
    var windows: Bool { true }

    func rowCount(idCount: UInt64) throws(ExpressionError) -> UInt64 { idCount }

    func check(idCount: UInt64, rowCount: UInt64) throws(FormatError) {}

    func open(_ columns: inout ColumnSet, idCount: UInt64, rowCount: UInt64) throws(FormatError) -> any IndexReader {
        Reader(count: rowCount)
    }

    func makeBuilder(
        idCount: UInt64?, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any IndexBuilder { NothingToBuild() }

    struct Reader: IndexReader {
        let count: UInt64
        func accepts(_ kind: IDKind) -> Bool { kind == .integer }

        func address(
            _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
            _ kernels: Kernels
        ) throws(FormatError) -> Int {
            var missing = 0
            for i in 0..<ids.count {
                let inside = ids.key(i) < count
                rows[layout.place(i, 0)] = inside ? UInt32(ids.key(i)) : RowList.zeroRow
                missing += inside ? 0 : 1
            }
            return missing
        }
    }
}

/// A file whose rows are windows: packing has no source for those yet, so it is written by hand.
private enum WindowsFile {
    static func write(_ array: [Float], window: Int, to path: String) throws {
        let writer = try StoreWriter(path: path, replacing: true)
        let bytes = array.flatMap { value in
            (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) }
        }
        let segment = try writer.add(
            ColumnData("rows", ColumnShape(.f32, rows: UInt64(array.count)), bytes: bytes))
        let count = UInt64(array.count - window + 1)
        var entry = TableEntry(
            name: "t", expression: "windows | f32", idCount: count, rowCount: count, dim: UInt32(window))
        entry.stages = [.init(name: "windows", revision: 1), .init(name: "f32", revision: 1)]
        entry.columns = [.init(name: "f32.rows", segment: segment)]
        writer.add(entry)
        try writer.commit()
    }
}

private final class NothingToBuild: IndexBuilder {
    func add(_ ids: IDs) throws(IndexBuildError) {}
    func finish() throws(IndexBuildError) -> [ColumnData] { [] }
}
