internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// A rotation and the codebooks behind it, fitted in turn (Formats/transforms/opq.md, "Packing").
enum OPQFitter: StageFitter {
    static let stage = OPQ.name
    private static let rounds = 24
    /// Rounds of k-means between two rotations.
    private static let meansRounds = 2
    private static let rowLimit = 1 << 15

    static func fit(_ request: FitRequest) throws(PackError) -> [ColumnData] {
        guard let pq = request.following.first as? PQ else {
            let next = request.following.first.map { type(of: $0).name } ?? "nothing"
            throw request.refused("what follows", found: next, expected: "pq, to which the rotation is fitted")
        }
        let shape = StoredShape(rowCount: request.rowCount, dim: request.sample.dim)
        var format: CodedFormat
        do throws(ExpressionError) { format = try pq.format(shape) } catch { throw .expression(error) }
        format.hotRows = Int(UInt32.max)  // one codebook for all, while the rotation is sought
        format.half = false
        format.fastscan = false
        let sample = request.sample.limited(to: rowLimit)
        let axes = PrincipalAxes(sample, threads: request.threads, request.kernels)
        var fit = RotationFit(sample, axes.mean, PCAFitter.matrix(axes, before: pq), format, request)
        for round in 0..<rounds where sample.count > 0 {
            fit.step(meansRounds: meansRounds)
            request.progress(Double(round + 1) / Double(rounds))
        }
        return OrthonormalEncoder(fit.matrix, mean: axes.mean).columns
    }
}

/// One fit under way.
private struct RotationFit {
    let sample: FitSample
    let centred: [Float]
    let format: CodedFormat
    let products: MatrixProducts
    var matrix: [Float]
    private var codebooks: [[Float]] = []

    init(
        _ sample: FitSample, _ mean: [Float], _ matrix: [Float], _ format: CodedFormat, _ request: FitRequest
    ) {
        self.sample = sample
        self.format = format
        self.matrix = matrix
        centred = sample.centred(mean)
        products = MatrixProducts(threads: request.threads, kernels: request.kernels)
    }

    /// One rotation after some rounds of k-means.
    mutating func step(meansRounds: Int) {
        let firstRounds = 4 * meansRounds
        let dim = format.dim
        var turned = sample
        turned.values = products.product(
            centred, MatrixProducts.transposed(matrix, dim: dim), inputs: dim, outputs: dim)
        let (before, format, kernels) = (codebooks, self.format, products.kernels)
        let sample = turned
        let parts = Parallel.map(format.books, threads: products.threads) { m -> (codebook: [Float], near: [Float]) in
            let columns = format.firstColumn(m)..<format.firstColumn(m + 1)
            let points = sample.columns(columns, rows: sample.count)
            let means = KMeans(
                points: points, weights: sample.weights, width: columns.count, codewords: format.codewords, threads: 1,
                kernels: kernels)
            var codebook = before.isEmpty ? means.fit(rounds: firstRounds) : before[m]
            if !before.isEmpty { codebook = means.refine(&codebook, rounds: meansRounds) }
            return (codebook, means.nearest(codebook))
        }
        codebooks = parts.map(\.codebook)
        turn(sample, towards: quantized(parts.map(\.near)))
    }

    /// Sub-vectors side by side again.
    private func quantized(_ parts: [[Float]]) -> [Float] {
        var rows = [Float](repeating: 0, count: centred.count)
        for (m, part) in parts.enumerated() {
            let (first, width) = (format.firstColumn(m), format.firstColumn(m + 1) - format.firstColumn(m))
            for row in 0..<sample.count {
                for t in 0..<width { rows[row * format.dim + first + t] = part[row * width + t] }
            }
        }
        return rows
    }

    /// The rotation goes on to the one that brings the sample nearest to its quantized rows.
    private mutating func turn(_ rotated: FitSample, towards near: [Float]) {
        let dim = format.dim
        let sums = Covariance.products(
            near, rotated.values, rotated.weights, dim: dim, threads: products.threads, products.kernels)
        let polar = PolarFactor(dim: dim, products: products)
        guard let further = polar.of(sums) else { return }
        matrix = polar.polished(products.product(further, matrix, inputs: dim, outputs: dim))
    }
}
