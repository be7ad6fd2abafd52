internal import EmbCodecs
internal import EmbKernels

/// Lloyd's k-means: codewords near weighted points. The same codewords at any number of threads.
struct KMeans {
    /// Points of `width` numbers, one after the other, and how much each counts.
    let points: [Float]
    let weights: [Float]
    let width: Int
    let codewords: Int
    let threads: Int
    let kernels: Kernels

    /// Points that a codebook is fitted to at most, and rounds of fitting it.
    static let pointLimit = 1 << 16
    static let rounds = 16
    /// How far codewords move, of the way to their means: beyond them, as Lloyd's steps are short. The last rounds go to the means.
    private static let (stride, meanRounds): (Float, Int) = (1.7, 2)
    /// Points that one thread takes at a time.
    private static let chunk = 4096

    private var count: Int { weights.count }

    /// - Parameter first: Codewords that stay as they are, before those that are fitted.
    func fit(keeping first: [Float] = [], rounds: Int = rounds) -> [Float] {
        guard count > 0 else { return first + [Float](repeating: 0, count: codewords * width - first.count) }
        var codebook = first + seeds(after: first)
        return refine(&codebook, rounds: rounds, keeping: first.count / width)
    }

    /// Rounds of moving codewords towards the means of what is nearest to them, until that changes next to nothing.
    func refine(_ codebook: inout [Float], rounds: Int, keeping kept: Int = 0) -> [Float] {
        var (error, stride) = (Double.infinity, Self.stride)
        for round in 0..<rounds {
            let clusters = assign(codebook)
            if error.isFinite, error - clusters.error <= 1e-5 * error {
                if stride == 1 { break }
                stride = 1
            }
            if round >= rounds - Self.meanRounds { stride = 1 }
            error = clusters.error
            move(&codebook, clusters, from: kept, stride)
        }
        return codebook
    }

    /// The codeword nearest to each point.
    func nearest(_ codebook: [Float]) -> [Float] {
        var codes = [UInt8](repeating: 0, count: count)
        var span = codes.mutableSpan
        var none = MutableSpan<Float>()
        kernels.nearest(
            search(codebook), points.span, count: count, stride: width, codes: &span, codeStride: 1, least: &none)
        return codes.flatMap { codebook[Int($0) * width..<(Int($0) + 1) * width] }
    }

    /// Kernels search sixteen codewords at a time.
    private func search(_ codebook: [Float]) -> CodebookSearch {
        let padded = codebook + [Float](repeating: 0, count: (16 - codewords % 16) % 16 * width)
        return CodebookSearch(padded.span, width: width, usable: codewords)
    }

    /// What is nearest to each codeword.
    private struct Clusters {
        var sums: [Double]
        var weights: [Double]
        var errors: [Double]
        var error: Double { errors.reduce(0, +) }
    }

    private func assign(_ codebook: [Float]) -> Clusters {
        let search = self.search(codebook)
        let parts = Parallel.map((count + Self.chunk - 1) / Self.chunk, threads: threads) { number in
            gather(search, codebook, number * Self.chunk..<min(count, (number + 1) * Self.chunk))
        }
        var total = parts[0]
        for part in parts.dropFirst() {
            for i in total.sums.indices { total.sums[i] += part.sums[i] }
            for k in 0..<codewords {
                total.weights[k] += part.weights[k]
                total.errors[k] += part.errors[k]
            }
        }
        return total
    }

    private func gather(_ search: CodebookSearch, _ codebook: [Float], _ range: Range<Int>) -> Clusters {
        var codes = [UInt8](repeating: 0, count: range.count)
        // Locals, not fields: each is one array to the optimizer.
        var sums = [Double](repeating: 0, count: codewords * width)
        var (total, errors) = ([Double](repeating: 0, count: codewords), [Double](repeating: 0, count: codewords))
        var span = codes.mutableSpan
        var none = MutableSpan<Float>()
        let part = points.span.extracting(range.lowerBound * width..<range.upperBound * width)
        kernels.nearest(search, part, count: range.count, stride: width, codes: &span, codeStride: 1, least: &none)
        for i in 0..<range.count {
            let (k, weight) = (Int(codes[i]), weights[range.lowerBound + i])
            var distance: Float = 0
            for t in 0..<width {
                let x = part[i * width + t]
                let difference = x - codebook[k * width + t]
                distance += difference * difference
                sums[k * width + t] += Double(weight * x)
            }
            total[k] += Double(weight)
            errors[k] += Double(weight * distance)
        }
        return Clusters(sums: sums, weights: total, errors: errors)
    }

    private func move(_ codebook: inout [Float], _ clusters: Clusters, from kept: Int, _ stride: Float) {
        var errors = clusters.errors
        for k in kept..<codewords where clusters.weights[k] > 0 {
            for t in k * width..<(k + 1) * width {
                let mean = Float(clusters.sums[t] / clusters.weights[k])
                codebook[t] = stride == 1 ? mean : codebook[t] + stride * (mean - codebook[t])
            }
        }
        for k in kept..<codewords where clusters.weights[k] == 0 {
            let largest = errors.indices.max { (errors[$0], -$0) < (errors[$1], -$1) }!
            guard errors[largest] > 0 else { return }
            split(&codebook, largest, into: k, clusters, moving: largest >= kept)
            errors[largest] /= 2
            errors[k] = errors[largest]
        }
    }

    /// An empty cluster takes half of a large one: both stand a little beside its codeword, on either side.
    private func split(
        _ codebook: inout [Float], _ large: Int, into empty: Int, _ clusters: Clusters, moving: Bool
    ) {
        let spread = Float((clusters.errors[large] / (clusters.weights[large] * Double(width))).squareRoot())
        for t in 0..<width {
            let step = (t + empty) % 2 == 0 ? spread / 4 : -spread / 4
            let middle = codebook[large * width + t]
            codebook[empty * width + t] = middle + step
            if moving { codebook[large * width + t] = middle - step }
        }
    }
}
