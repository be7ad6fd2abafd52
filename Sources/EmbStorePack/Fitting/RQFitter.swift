internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// Codebook by codebook, each fitted to what the ones before it leave (Formats/codecs/rq.md, "Packing").
enum RQFitter: StageFitter {
    static let stage = RQ.name
    private static let rowLimit = 1 << 15
    /// Steps beyond the means fit a codebook as well, but what they leave is harder for those after it: measured.
    private static let (rounds, step): (Int, Float) = (25, 1)

    static func fit(_ request: FitRequest) throws(PackError) -> [ColumnData] {
        let codec = request.stage as! RQ
        let sample = request.sample.limited(to: rowLimit)
        let dim = sample.dim
        var numbers: [Float] = []
        for m in 0..<codec.books {
            let means = KMeans(
                points: residuals(sample, numbers, codec, request), weights: sample.weights, width: dim,
                codewords: 1 << codec.bits, threads: request.threads, kernels: request.kernels)
            numbers += means.fit(rounds: rounds, step: step)
            request.progress(Double(m + 1) / Double(codec.books))
        }
        let shape = ColumnShape(.f32, rows: UInt64(codec.books << codec.bits), width: UInt32(dim))
        return [ColumnData("codebooks", shape, floats: numbers)]
    }

    /// What the codebooks so far leave of the sample.
    private static func residuals(
        _ sample: FitSample, _ numbers: [Float], _ codec: RQ, _ request: FitRequest
    ) -> [Float] {
        guard !numbers.isEmpty else { return sample.values }
        let (dim, chunk) = (sample.dim, 512)
        var format = CodedFormat(books: (numbers.count / dim) >> codec.bits, bits: codec.bits, dim: dim)
        format.additive = true
        let search = BeamSearch(numbers, format, beam: codec.beam)
        let kernels = request.kernels
        return Parallel.map((sample.count + chunk - 1) / chunk, threads: request.threads) { number in
            let rows = number * chunk..<min(sample.count, (number + 1) * chunk)
            return search.residuals(
                sample.values.span.extracting(rows.lowerBound * dim..<rows.upperBound * dim), kernels)
        }.flatMap { $0 }
    }
}
