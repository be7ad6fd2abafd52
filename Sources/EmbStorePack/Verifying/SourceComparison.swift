internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels
internal import EmbStore

/// What comparing a table with its source came to.
public struct SourceComparison: Sendable {
    public let table: String
    /// Rows compared.
    public private(set) var rows: UInt64 = 0
    public private(set) var quality = Quality()
    /// The largest difference of two numbers, and the row of the source that has it.
    public private(set) var largestError: Float = 0
    public private(set) var largestErrorRow: UInt64?
    /// The row with the largest error over its norm, and that error.
    public private(set) var worstRow: UInt64?
    public private(set) var worstRelativeError = 0.0
    /// Numbers that differ, and the first row that has one. Two NaN are the same.
    public private(set) var differingNumbers: UInt64 = 0
    public private(set) var firstDifferingRow: UInt64?
    /// Whether the codec keeps every number of such a source.
    public let isLossless: Bool
    /// The NMSE that packing noted in the table.
    public let recordedNMSE: Double?

    /// How far the NMSE may be from the recorded one, relatively: the two are summed in another order.
    public static let tolerance = 1e-4

    private let dim: Int

    init(_ table: EmbeddingTable, _ shape: SourceShape) {
        self.table = table.name
        dim = table.dim
        recordedNMSE = table.entry.attributes.first { $0.key == "packed.nmse" }.flatMap { Double($0.value) }
        let composition = table.composition
        let codec = type(of: composition.rowCodec).name
        let keepsNumbers = codec == F32.name || codec == shape.element.rawValue
        isLossless = keepsNumbers && composition.transforms.isEmpty && composition.indexer.ownsRows
    }

    mutating func add(_ source: Span<Float>, _ packed: Span<Float>, _ kernels: Kernels) {
        quality.add(source, packed, dim: dim, kernels)
        for start in stride(from: 0, to: source.count, by: dim) {
            addRow(source.extracting(start..<start + dim), packed.extracting(start..<start + dim), kernels)
            rows += 1
        }
    }

    private mutating func addRow(_ source: Span<Float>, _ packed: Span<Float>, _ kernels: Kernels) {
        var (largest, differing): (Float, UInt64) = (0, 0)
        for j in source.indices {
            let (a, b) = (source[j], packed[j])
            if a != b, !(a.isNaN && b.isNaN) { differing += 1 }
            largest = max(largest, abs(a - b))
        }
        if differing > 0, firstDifferingRow == nil { firstDifferingRow = rows }
        differingNumbers += differing
        if largest > largestError { (largestError, largestErrorRow) = (largest, rows) }
        let sums = kernels.compare(source, packed)
        let relative = sums.squaredError == 0 ? 0 : (sums.squaredError / sums.squaredA).squareRoot()
        if relative > worstRelativeError { (worstRelativeError, worstRow) = (relative, rows) }
    }

    /// Fails if the table is not what packing this source makes: if a lossless codec has another number, or the NMSE is
    /// not the one that packing noted.
    public func check() throws(VerificationError) {
        if isLossless, let row = firstDifferingRow {
            throw .notLossless(table: table, row: row, numbers: differingNumbers)
        }
        guard let recordedNMSE else { return }
        guard abs(quality.nmse - recordedNMSE) <= Self.tolerance * recordedNMSE else {
            throw .otherQuality(table: table, found: quality.nmse, recorded: recordedNMSE)
        }
    }
}
