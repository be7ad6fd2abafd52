internal import EmbCodecs
internal import EmbKernels

/// Cores by singular value decomposition of one unfolding after the other, from the first core on. The strongest axes of an
/// unfolding are found in the range that a few multiplications of random rows with it leave.
struct TrainSVD {
    /// Axes that are looked for beyond the rank, and multiplications there and back.
    private static let extra = 8
    private static let steps = 3

    let shape: TrainShape
    private let kernels = Kernels.best

    /// - Parameters:
    ///   - embeddings: Those of ids 0, 1, …; others are zeros.
    ///   - weights: How much each id counts; empty if all count alike. What counts is the product of the weights of an id's
    ///     digits, each over all ids that have it.
    func cores(_ embeddings: [Float], weights: [Float], _ progress: (Double) -> Void) -> [[Float]] {
        let scales = scales(weights, idCount: embeddings.count / shape.width)
        var rest = unfolded(embeddings, scales)
        var cores: [[Float]] = []
        for k in 0..<shape.cores - 1 {
            let rows = shape.before(k) * shape.slices[k] * shape.dims[k]
            let (axes, projected) = reduced(rest, rows: rows, columns: rest.count / rows)
            cores.append(arranged(axes, k))
            rest = projected
            progress(Double(k + 1) / Double(shape.cores - 1))
        }
        cores.append(arranged(rest, shape.cores - 1))
        for k in 0..<shape.cores { unscale(&cores[k], scales[k]) }
        return cores
    }

    /// The roots of the digits' weights, for each core; 1 if all ids count alike.
    private func scales(_ weights: [Float], idCount: Int) -> [[Float]] {
        guard let first = weights.first, weights.contains(where: { $0 != first }) else {
            return shape.slices.map { [Float](repeating: 1, count: $0) }
        }
        var sums = shape.slices.map { [Double](repeating: 0, count: $0) }
        for id in 0..<idCount {
            for (k, digit) in shape.digits(id).enumerated() { sums[k][digit] += Double(weights[id]) }
        }
        return sums.map { sums in
            let largest = sums.max() ?? 1
            return sums.map { largest > 0 ? Float(($0 / largest).squareRoot()) : 1 }
        }
    }

    /// All embeddings, layout (digit and part of core 0, of core 1, …).
    private func unfolded(_ embeddings: [Float], _ scales: [[Float]]) -> [Float] {
        var strides = [Int](repeating: 1, count: shape.cores)
        for k in (0..<shape.cores - 1).reversed() {
            strides[k] = strides[k + 1] * shape.slices[k + 1] * shape.dims[k + 1]
        }
        var places = [0]
        for k in 0..<shape.cores {
            places = places.flatMap { place in (0..<shape.dims[k]).map { place + $0 * strides[k] } }
        }
        var tensor = [Float](repeating: 0, count: strides[0] * shape.slices[0] * shape.dims[0])
        for id in 0..<embeddings.count / shape.width {
            var (start, scale) = (0, Float(1))
            for (k, digit) in shape.digits(id).enumerated() {
                start += digit * shape.dims[k] * strides[k]
                scale *= scales[k][digit]
            }
            for j in places.indices { tensor[start + places[j]] = scale * embeddings[id * shape.width + j] }
        }
        return tensor
    }

    /// The `rank` strongest axes of the columns of a matrix, layout (rows, rank), and the matrix seen from them,
    /// (rank, columns). Zeros where it has fewer.
    private func reduced(_ matrix: [Float], rows: Int, columns: Int) -> (axes: [Float], projected: [Float]) {
        let count = min(shape.rank + Self.extra, rows)
        let across = Self.transposed(matrix, rows: rows)
        var basis: [Float]
        // (columns, count): the matrix seen from the basis.
        var seen = (0..<columns * count).map { Float(KeyHash.hash(UInt64($0), salt: 7) >> 40) * 0x1p-23 - 1 }
        if count == rows {
            basis = (0..<rows * rows).map { $0 / rows == $0 % rows ? 1 : 0 }
            seen = across
        } else {
            basis = []
            for _ in 0..<Self.steps {
                basis = Self.orthonormal(product(matrix, seen, width: count), width: count)
                seen = product(across, basis, width: count)
            }
        }
        let turn = strongest(seen, width: count)
        let axes = product(basis, turn, width: shape.rank)
        return (axes, Self.transposed(product(seen, turn, width: shape.rank), rows: columns))
    }

    /// The turn, layout (width, rank), to the strongest axes of rows of `width` numbers.
    private func strongest(_ rows: [Float], width: Int) -> [Float] {
        var products = [Double](repeating: 0, count: width * width)
        for start in stride(from: 0, to: rows.count, by: width) {
            for a in 0..<width {
                let x = Double(rows[start + a])
                for b in a..<width { products[a * width + b] += x * Double(rows[start + b]) }
            }
        }
        for a in 0..<width {
            for b in 0..<a { products[a * width + b] = products[b * width + a] }
        }
        let vectors = PrincipalAxes.eigenvectors(products, dim: width).1
        var turn = [Float](repeating: 0, count: width * shape.rank)
        for r in 0..<min(shape.rank, width) {
            for i in 0..<width { turn[i * shape.rank + r] = vectors[r * width + i] }
        }
        return turn
    }

    /// Rows times a matrix whose rows are `width` wide.
    private func product(_ rows: [Float], _ matrix: [Float], width: Int) -> [Float] {
        let map = AffineMap(matrix, constant: [Float](repeating: 0, count: width))
        var result = [Float](repeating: 0, count: rows.count / map.inputDim * width)
        var span = result.mutableSpan
        map.apply(rows.span, into: &span, kernels)
        return result
    }

    private static func transposed(_ matrix: [Float], rows: Int) -> [Float] {
        let columns = matrix.count / rows
        var result = [Float](repeating: 0, count: matrix.count)
        for row in 0..<rows {
            for column in 0..<columns { result[column * rows + row] = matrix[row * columns + column] }
        }
        return result
    }

    /// The columns made orthogonal and of length 1, one after the other and once more; zeros where one depends on those before.
    private static func orthonormal(_ matrix: [Float], width: Int) -> [Float] {
        var columns = transposed(matrix, rows: matrix.count / width)
        let length = matrix.count / width
        for k in 0..<width {
            let own = k * length..<(k + 1) * length
            let before = norm(columns[own])
            for _ in 0..<2 {
                for other in stride(from: 0, to: k * length, by: length) {
                    let share = Float(
                        zip(columns[own], columns[other..<other + length]).reduce(0.0) {
                            $0 + Double($1.0) * Double($1.1)
                        })
                    for i in 0..<length { columns[own.lowerBound + i] -= share * columns[other + i] }
                }
            }
            let after = norm(columns[own])
            let factor = after > 1e-5 * before ? Float(1 / after) : 0
            for i in own { columns[i] *= factor }
        }
        return transposed(columns, rows: width)
    }

    private static func norm(_ column: ArraySlice<Float>) -> Double {
        column.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    /// From layout (before, slice, part, after) to that of cores.
    private func arranged(_ axes: [Float], _ k: Int) -> [Float] {
        let (before, inner) = (shape.before(k), shape.dims[k] * shape.after(k))
        var core = [Float](repeating: 0, count: shape.count(k))
        for r in 0..<before {
            for i in 0..<shape.slices[k] {
                let (from, to) = ((r * shape.slices[k] + i) * inner, (i * before + r) * inner)
                for j in 0..<inner { core[to + j] = axes[from + j] }
            }
        }
        return core
    }

    private func unscale(_ core: inout [Float], _ scales: [Float]) {
        let numbers = core.count / scales.count
        for (slice, scale) in scales.enumerated() where scale != 1 {
            for i in slice * numbers..<(slice + 1) * numbers { core[i] = scale > 0 ? core[i] / scale : 0 }
        }
    }
}
