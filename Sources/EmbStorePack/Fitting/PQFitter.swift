internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// A codebook for each sub-vector, by k-means (Formats/codecs/pq.md, "Packing").
enum PQFitter: StageFitter {
    static let stage = PQ.name

    static func fit(_ request: FitRequest) throws(PackError) -> [ColumnData] {
        let codec = request.stage as! PQ
        let shape = StoredShape(rowCount: request.rowCount, dim: request.sample.dim)
        let format: CodedFormat
        do throws(ExpressionError) { format = try codec.format(shape) } catch { throw .expression(error) }
        let sample = request.sample.limited(to: KMeans.pointLimit)
        let numbers = fit(sample, format, cold: codec.coldBits != nil, threads: request.threads, request.kernels)
        request.progress(1)
        return [ColumnData("codebooks", ColumnShape(.f32, rows: UInt64(numbers.count)), floats: numbers)]
    }

    /// All codewords, codebook by codebook.
    static func fit(
        _ sample: FitSample, _ format: CodedFormat, cold: Bool, threads: Int, _ kernels: Kernels
    ) -> [Float] {
        let hot = cold ? sample.positions.prefix { $0 < UInt64(format.hotRows) }.count : sample.count
        return Parallel.map(format.books, threads: threads) { m in
            let columns = format.firstColumn(m)..<format.firstColumn(m + 1)
            func means(_ rows: Int, _ codewords: Int) -> KMeans {
                KMeans(
                    points: sample.columns(columns, rows: rows), weights: Array(sample.weights[..<rows]),
                    width: columns.count, codewords: codewords, threads: 1, kernels: kernels)
            }
            guard cold else { return means(sample.count, format.codewords).fit() }
            let shared = means(sample.count, 1 << format.coldBits).fit()
            return means(hot, format.codewords).fit(keeping: shared)
        }.flatMap { $0 }
    }
}

extension FitSample {
    /// Some of the rows, evenly spread, if there are more.
    func limited(to limit: Int) -> FitSample {
        guard count > limit else { return self }
        let rows = (0..<limit).map { $0 * count / limit }
        var values: [Float] = []
        values.reserveCapacity(limit * dim)
        for row in rows { values += self.values[row * dim..<(row + 1) * dim] }
        return FitSample(
            values: values, dim: dim, weights: rows.map { weights[$0] }, positions: rows.map { positions[$0] })
    }

    /// Some columns of the first rows, row after row.
    func columns(_ range: Range<Int>, rows: Int) -> [Float] {
        var part: [Float] = []
        part.reserveCapacity(rows * range.count)
        for row in 0..<rows { part += values[row * dim + range.lowerBound..<row * dim + range.upperBound] }
        return part
    }
}
