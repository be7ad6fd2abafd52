internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// The readers of one table in the order in which a lookup passes them, and what follows from their combination, worked out
/// once. A class: each lookup holds one reference instead of copies.
final class Pipeline: Sendable {
    let index: any IndexReader
    /// What the index's row indices pass on their way to stored rows, in this order.
    let rowMaps: [any RowMapReader]
    let rows: any RowReader
    /// Outermost first.
    let transforms: [any TransformReader]
    let dim: Int
    /// Numbers of an embedding that are read; of a feature with `dims` the rest are zeros.
    let shown: Int
    let kernels: Kernels
    /// What the index says of itself.
    let probes: Int
    let combine: Combine
    let weighsProbes: Bool
    let flipsNumbers: Bool
    /// Numbers of a combined row.
    let width: Int
    /// Whether all transforms commute with sums, and whether some have a constant.
    let isLinear: Bool
    let hasConstant: Bool
    /// How many rows ahead to prefetch.
    let prefetchDistance: Int
    /// Rows, or bags, worked on in one go.
    let tileRows: Int

    /// Tables up to this are in a core's L2, or near enough: prefetching them only costs. What is larger is asked for into L2;
    /// asking into L1 is no better anywhere (Benchmarks/README.md).
    private static let cachedBytes: UInt64 = 2 << 20
    /// Numbers in a tile at most, unless one row has more: a file of wide rows and many transforms must not take memory
    /// that its size does not show.
    static let tileNumbers = 1 << 18
    /// Rows ahead, once prefetching pays. From memory, half as many take a fifth longer, twice as many do as well.
    private static let distance = 64

    init(
        index: any IndexReader, rowMaps: [any RowMapReader] = [], rows: any RowReader,
        transforms: [any TransformReader], dim: Int, shown: Int? = nil, kernels: Kernels = .best
    ) {
        self.index = index
        self.rowMaps = rowMaps
        self.rows = rows
        self.transforms = transforms
        self.dim = dim
        self.shown = shown ?? dim
        self.kernels = kernels
        probes = index.probes
        combine = index.combine
        weighsProbes = index.weighsProbes
        flipsNumbers = index.flipsNumbers
        width = transforms.last?.inputDim ?? dim
        isLinear = transforms.allSatisfy { $0.isLinear }
        hasConstant = transforms.contains { $0.hasConstant }
        prefetchDistance = Self.prefetchDistance(byteCount: rows.byteCount)
        let widest = max(dim, transforms.map(\.inputDim).max() ?? dim)
        tileRows = max(min(LookupWorkspace.work, Self.tileNumbers / widest), 1)
    }

    /// How many rows ahead to prefetch rows of so many bytes.
    static func prefetchDistance(byteCount: UInt64) -> Int { byteCount > cachedBytes ? distance : 0 }

    /// The same for another feature of the table, whose combine may make rows of another width.
    ///
    /// - Parameter shown: The feature's argument `dims`.
    func with(_ index: any IndexReader, shown: Int?) throws(FormatError) -> Pipeline {
        let width =
            switch index.combine {
            case .concat: index.probes * rows.dim
            case .contract: self.width
            case .sum, .mean, .multiply: rows.dim
            }
        guard width == self.width || transforms.isEmpty else {
            throw FormatError(.badExpression, "width of a feature", found: "\(width)", expected: "\(self.width)")
        }
        let dim = transforms.isEmpty ? width : self.dim
        if let shown, shown > dim {
            throw FormatError(.badExpression, "dims of a feature", found: "\(shown)", expected: "1 to \(dim)")
        }
        return Pipeline(
            index: index, rowMaps: rowMaps, rows: rows, transforms: transforms, dim: dim, shown: shown,
            kernels: kernels)
    }

    /// Ids worked on in one go, and ids addressed at most.
    var tileIDs: Int { max(tileRows / probes, 1) }
    var windowIDs: Int { max((LookupWorkspace.work + LookupWorkspace.ahead) / probes, 1) }

    /// Where a window's probes stand: side by side to be summed, apart to be concatenated.
    var concatenates: Bool { combine == .concat && probes > 1 }

    /// Whether an id's row is one stored row as it is.
    var readsRowsAsTheyAre: Bool { probes == 1 && !weighsProbes && combine != .contract }

    /// Whether an embedding is its stored rows as they are, one after the other.
    var decodesIntoPlace: Bool {
        shown == dim && transforms.isEmpty && rowMaps.isEmpty && !weighsProbes && !flipsNumbers && combine != .contract
            && (probes == 1 || combine == .concat)
    }

    /// Whether an id can be scored by its stored row (Formats/search.md, "Scores of a table").
    var scoresStoredRows: Bool { readsRowsAsTheyAre && !flipsNumbers && shown == dim }

    /// Whether a bag can be pooled from stored rows, before transforms (Formats/lookup.md, "pool").
    func poolsStoredRows(_ mode: PoolMode) -> Bool {
        guard !flipsNumbers, combine != .contract else { return false }
        if mode == .max { return transforms.isEmpty && !weighsProbes && (probes == 1 || concatenates) }
        return isLinear && (combine != .multiply || readsRowsAsTheyAre)
    }
}
