internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels
internal import Glibc

/// The table's principal axes, dealt out to the sub-quantizers that follow (Formats/transforms/pca.md, "Packing").
enum PCAFitter: StageFitter {
    static let stage = PCA.name

    static func fit(_ request: FitRequest) throws(PackError) -> [ColumnData] {
        let axes = PrincipalAxes(
            request.sample.limited(to: KMeans.pointLimit), threads: request.threads, request.kernels)
        request.progress(1)
        return OrthonormalEncoder(matrix(axes, before: request.following.first), mean: axes.mean).columns
    }

    /// The axes as rows: in the order of their energy, or as `next` is best served.
    static func matrix(_ axes: PrincipalAxes, before next: (any Stage)?) -> [Float] {
        let dim = axes.mean.count
        guard let pq = next as? PQ, pq.books <= dim else { return axes.axes }
        let format = CodedFormat(books: pq.books, bits: pq.bits, dim: dim)
        return balanced(axes.eigenvalues, format).flatMap { axes.axes[$0 * dim..<($0 + 1) * dim] }
    }

    /// Which eigenvalue each column stands for: the largest ones are given, one by one, to the sub-vector with room whose
    /// product is least so far.
    private static func balanced(_ eigenvalues: [Double], _ format: CodedFormat) -> [Int] {
        let least = max(eigenvalues[0], Double.leastNormalMagnitude) * 0x1p-40
        var dealt = [[Int]](repeating: [], count: format.books)
        var products = [Double](repeating: -.infinity, count: format.books)
        for k in eigenvalues.indices {
            var chosen = -1
            for m in 0..<format.books where dealt[m].count < format.firstColumn(m + 1) - format.firstColumn(m) {
                if chosen < 0 || products[m] < products[chosen] { chosen = m }
            }
            let energy = log(max(eigenvalues[k], least))
            products[chosen] = dealt[chosen].isEmpty ? energy : products[chosen] + energy
            dealt[chosen].append(k)
        }
        return dealt.flatMap { $0 }
    }
}

/// The first principal axes (Formats/transforms/lowrank.md, "Packing").
enum LowRankFitter: StageFitter {
    static let stage = LowRank.name

    static func fit(_ request: FitRequest) throws(PackError) -> [ColumnData] {
        let (rank, dim) = ((request.stage as! LowRank).rank, request.sample.dim)
        guard rank <= dim else { throw request.refused("rank", found: "\(rank)", expected: "at most \(dim), the dim") }
        let axes = PrincipalAxes(
            request.sample.limited(to: KMeans.pointLimit), threads: request.threads, request.kernels)
        request.progress(1)
        return OrthonormalEncoder(Array(axes.axes[..<(rank * dim)]), mean: axes.mean).columns
    }
}
