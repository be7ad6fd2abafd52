internal import EmbFormat
internal import EmbKernels

/// From embeddings to what `linear` is given: the embedding itself, or the codes that make the nearest one.
struct LinearEncoder: TransformEncoder {
    let columns: [ColumnData]
    let reader: any TransformReader
    private let choice: GridChoice?
    let hasWayBack: Bool

    /// - Parameters:
    ///   - columns: Matrix and constant.
    ///   - bits: Of the grid that codes are chosen from; 0 if rows pass as they are, nil if nobody knows.
    init(_ columns: [ColumnData], bits: Int?) {
        self.columns = columns
        let (matrix, constant) = (columns[0].floats, columns[1].floats)
        reader = AffineMap(matrix, constant: constant)
        hasWayBack = bits != nil
        choice = (bits ?? 0) > 0 ? GridChoice(matrix: matrix, constant: constant, bits: bits!) : nil
    }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        guard let choice else {
            for i in input.indices { output[i] = input[i] }
            return
        }
        choice.apply(input, into: &output)
    }
}

/// Chooses values of a grid so that their image under a matrix comes near to an embedding (Formats/transforms/linear.md): number by
/// number, those that move the embedding most first, then again while it helps.
public struct GridChoice: Sendable {
    private let constant: [Float]
    private let matrix: [Float]
    /// matrix x matrix transposed.
    private let gram: [Float]
    /// Numbers in descending order of the length of their row.
    private let order: [Int]
    private let width: Int
    private let dim: Int
    /// Half of the grid's values.
    private let half: Float
    private static let rounds = 4

    /// - Parameters:
    ///   - matrix: Rows of `constant.count` numbers.
    ///   - bits: Of the grid of Formats/codecs/rbe.md.
    public init(matrix: [Float], constant: [Float], bits: Int) {
        self.matrix = matrix
        self.constant = constant
        dim = constant.count
        width = matrix.count / dim
        half = Float(1 << (bits - 1))
        var gram = [Float](repeating: 0, count: width * width)
        for i in 0..<width {
            for k in i..<width {
                var sum = 0.0
                for j in 0..<dim { sum += Double(matrix[i * dim + j]) * Double(matrix[k * dim + j]) }
                gram[i * width + k] = Float(sum)
                gram[k * width + i] = Float(sum)
            }
        }
        self.gram = gram
        let width = self.width
        order = (0..<width).sorted { a, b in
            let (x, y) = (gram[a * width + a], gram[b * width + b])
            return x == y ? a < b : x > y
        }
    }

    /// From rows of `dim` numbers to rows of `width` values.
    public func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>) {
        // What is missing: the products of the matrix's rows with the embedding, less those with the image of the values.
        var missing = [Float](repeating: 0, count: width)
        for row in 0..<input.count / dim {
            for i in 0..<width {
                var sum: Float = 0
                for j in 0..<dim { sum += matrix[i * dim + j] * (input[row * dim + j] - constant[j]) }
                missing[i] = sum
                output[row * width + i] = 0
            }
            for round in 0..<Self.rounds {
                var changed = false
                for i in order { changed = improve(i, row, &missing, &output) || changed }
                if round > 0, !changed { break }
            }
        }
    }

    /// The value of the grid that is nearest to a number, the larger of two.
    public static func nearest(_ number: Float, bits: Int) -> Float { nearest(number, half: Float(1 << (bits - 1))) }

    private static func nearest(_ number: Float, half: Float) -> Float {
        let place = max(-half, min(half - 1, (number * half / 2).rounded(.down)))
        return (2 * place + 1) / half
    }

    /// Gives number `i` the value that is best while the others stay.
    private func improve(
        _ i: Int, _ row: Int, _ missing: inout [Float], _ output: inout MutableSpan<Float>
    ) -> Bool {
        let own = gram[i * width + i]
        let old = output[row * width + i]
        let new = Self.nearest(own > 0 ? old + missing[i] / own : 0, half: half)
        let step = new - old
        guard step != 0 else { return false }
        output[row * width + i] = new
        for k in 0..<width { missing[k] -= step * gram[i * width + k] }
        return true
    }
}
