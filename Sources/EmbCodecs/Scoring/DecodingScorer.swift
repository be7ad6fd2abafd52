public import EmbFormat
public import EmbKernels

/// Decodes rows, takes them through transforms, and scores the numbers: what every codec can, and codecs without a scorer of
/// their own do.
public struct DecodingScorer: RowScorer {
    /// Numbers decoded at once: they stay in a core's cache while all queries meet them.
    private static let tileNumbers = 1 << 14

    private let rows: any RowReader
    private let transforms: [any TransformReader]
    private let queries: KernelQueries
    private let metric: Metric
    private let kernels: Kernels
    /// Numbers between rows while transforms are applied: the widest of all.
    private let width: Int
    private let tileRows: Int

    /// - Parameters:
    ///   - transforms: Applied to decoded rows, outermost first; those that the queries were not pulled back through.
    ///   - queries: Of as many numbers as that makes. Finite.
    public init(
        _ rows: any RowReader, _ transforms: [any TransformReader], _ queries: ScoreQueries, _ kernels: Kernels
    ) {
        precondition((transforms.first?.outputDim ?? rows.dim) == queries.dim)
        self.rows = rows
        self.transforms = transforms
        self.queries = KernelQueries(queries.values.span, dim: queries.dim)
        metric = queries.metric
        self.kernels = kernels
        width = transforms.reduce(rows.dim) { max($0, $1.inputDim, $1.outputDim) }
        tileRows = min(max(Self.tileNumbers / width, 1), ScoreTile.rows)
    }

    public func score(
        _ range: Range<Int>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        var list = workspace.scoredRows
        workspace.scoredRows = []
        defer { workspace.scoredRows = list }
        if list.count < tileRows { list = [UInt32](repeating: 0, count: tileRows) }
        var first = range.lowerBound
        while first < range.upperBound {
            let count = min(tileRows, range.upperBound - first)
            for i in 0..<count { list[i] = UInt32(first + i) }
            var part = out._mutatingExtracting(droppingFirst: first - range.lowerBound)
            try scoreTile(list.span.extracting(first: count), queries, &part, outStride, workspace)
            first += count
        }
    }

    public func score(
        _ list: Span<UInt32>, _ queries: Range<Int>, into out: inout MutableSpan<Float>, outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        var first = 0
        while first < list.count {
            let count = min(tileRows, list.count - first)
            var part = out._mutatingExtracting(droppingFirst: first)
            try scoreTile(list.extracting(first..<first + count), queries, &part, outStride, workspace)
            first += count
        }
    }

    private func scoreTile(
        _ list: Span<UInt32>, _ queries: Range<Int>, _ out: inout MutableSpan<Float>, _ outStride: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        let (needed, slack) = (tileRows * width, StoredRows.slack / MemoryLayout<Float>.size)
        var (numbers, others) = (workspace.decoded, workspace.transformed)
        (workspace.decoded, workspace.transformed) = ([], [])
        defer { (workspace.decoded, workspace.transformed) = (numbers, others) }
        if numbers.count < needed + slack { numbers = [Float](repeating: 0, count: needed + slack) }
        if !transforms.isEmpty, others.count < needed + slack {
            others = [Float](repeating: 0, count: needed + slack)
        }
        var decoded = numbers.mutableSpan
        try rows.gather(
            RowList(list, count: list.count), into: &decoded, outStride: rows.dim, dims: rows.dim, workspace)
        var step = transforms.count - 1
        while step >= 0 {
            let (input, output) = (list.count * transforms[step].inputDim, list.count * transforms[step].outputDim)
            var to = others.mutableSpan
            var part = to._mutatingExtracting(first: output)
            transforms[step].apply(numbers.span.extracting(first: input), into: &part, kernels)
            swap(&numbers, &others)
            step -= 1
        }
        let rowBytes = self.queries.dim * MemoryLayout<Float>.size
        let stored = unsafe StoredRows(
            numbers.span.bytes, rowCount: list.count, stride: rowBytes, dim: self.queries.dim, format: RowFormat(.f32))
        kernels.score(
            stored, 0..<list.count, self.queries, queries, Kernels.Score(metric), into: &out, outStride: outStride)
    }
}
