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
    static let rounds = 25
    /// Points that first codewords are drawn from, per codeword.
    private static let seedPoints = 24
    /// Points that one thread takes at a time.
    private static let chunk = 4096

    private var count: Int { weights.count }

    /// - Parameter first: Codewords that stay as they are, before those that are fitted.
    func fit(keeping first: [Float] = [], rounds: Int = rounds) -> [Float] {
        var codebook = first + seeds(after: first)
        guard count > 0 else { return codebook }
        return refine(&codebook, rounds: rounds, keeping: first.count / width)
    }

    /// Rounds of moving codewords to the means of what is nearest to them, until that changes next to nothing.
    func refine(_ codebook: inout [Float], rounds: Int, keeping kept: Int = 0) -> [Float] {
        var error = Double.infinity
        for _ in 0..<rounds {
            let clusters = assign(codebook)
            if error.isFinite, error - clusters.error <= 1e-5 * error { break }
            error = clusters.error
            move(&codebook, clusters, from: kept)
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

    private func move(_ codebook: inout [Float], _ clusters: Clusters, from kept: Int) {
        var errors = clusters.errors
        for k in kept..<codewords where clusters.weights[k] > 0 {
            for t in 0..<width { codebook[k * width + t] = Float(clusters.sums[k * width + t] / clusters.weights[k]) }
        }
        for k in kept..<codewords where clusters.weights[k] == 0 {
            let largest = errors.indices.max { (errors[$0], -$0) < (errors[$1], -$1) }!
            guard errors[largest] > 0 else { return }
            split(&codebook, largest, into: k, clusters, moving: largest >= kept)
            errors[largest] /= 2
            errors[k] = errors[largest]
        }
    }

    /// An empty cluster takes half of a large one: both stand a little beside its mean, on either side.
    private func split(
        _ codebook: inout [Float], _ large: Int, into empty: Int, _ clusters: Clusters, moving: Bool
    ) {
        let spread = Float((clusters.errors[large] / (clusters.weights[large] * Double(width))).squareRoot())
        for t in 0..<width {
            let step = (t + empty) % 2 == 0 ? spread / 4 : -spread / 4
            let mean = codebook[large * width + t]
            codebook[empty * width + t] = mean + step
            if moving { codebook[large * width + t] = mean - step }
        }
    }
}

// The first codewords: k-means++ over some of the points.
extension KMeans {
    private func seeds(after first: [Float]) -> [Float] {
        let wanted = codewords - first.count / width
        guard count > 0 else { return [Float](repeating: 0, count: wanted * width) }
        let step = max(1, count / (Self.seedPoints * codewords))
        let drawn = Array(stride(from: 0, to: count, by: step))
        var distances = [Float](repeating: .infinity, count: drawn.count)
        for k in 0..<first.count / width { approach(drawn, &distances, first[k * width..<(k + 1) * width]) }
        var seeds: [Float] = []
        var state: UInt64 = 0
        for _ in 0..<wanted {
            state &+= 1
            let share = Double(KeyHash.mix(state) >> 11) * 0x1p-53
            let point = drawn[choose(drawn, distances, share)]
            let seed = points[point * width..<(point + 1) * width]
            seeds += seed
            approach(drawn, &distances, seed)
        }
        return seeds
    }

    /// Notes the squared distance to a new codeword where it is the least.
    private func approach(_ drawn: [Int], _ distances: inout [Float], _ codeword: ArraySlice<Float>) {
        for (i, point) in drawn.enumerated() {
            var distance: Float = 0
            for t in 0..<width {
                let difference = points[point * width + t] - codeword[codeword.startIndex + t]
                distance += difference * difference
            }
            distances[i] = min(distances[i], distance)
        }
    }

    /// The point at `share` of all weighted distances; before there are any, of all weights.
    private func choose(_ drawn: [Int], _ distances: [Float], _ share: Double) -> Int {
        func mass(_ i: Int) -> Double {
            Double(weights[drawn[i]]) * (distances[i].isFinite ? Double(distances[i]) : 1)
        }
        let total = drawn.indices.reduce(0) { $0 + mass($1) }
        guard total > 0 else { return Int(share * Double(drawn.count)) }
        var left = share * total
        for i in drawn.indices {
            left -= mass(i)
            if left < 0 { return i }
        }
        return drawn.count - 1
    }
}
