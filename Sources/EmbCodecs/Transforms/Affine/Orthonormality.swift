internal import EmbKernels
internal import Synchronization

/// Whether the rows of a matrix are of length 1 and at right angles (Formats/affine.md, "Pulling queries back"). Found out by
/// the first who asks, and kept.
final class Orthonormality: Sendable {
    private static let tolerance: Float = 0x1p-16
    private let answer = Atomic<UInt8>(0)  // then 1 for no, 2 for yes

    func holds(_ matrix: [Float], _ width: Int, _ kernels: Kernels) -> Bool {
        let known = answer.load(ordering: .relaxed)
        if known > 0 { return known == 2 }
        let found = Self.isOrthonormal(matrix, width, kernels)
        answer.store(found ? 2 : 1, ordering: .relaxed)
        return found
    }

    private static func isOrthonormal(_ matrix: [Float], _ width: Int, _ kernels: Kernels) -> Bool {
        let count = matrix.count / width
        let padded = matrix + [Float](repeating: 0, count: StoredRows.slack / MemoryLayout<Float>.size)
        let rows = unsafe StoredRows(
            padded.span.bytes, rowCount: count, stride: width * MemoryLayout<Float>.size, dim: width,
            format: RowFormat(.f32))
        var products = [Float](repeating: 0, count: count)
        for i in 0..<count {
            let query = KernelQueries(matrix.span.extracting(i * width..<(i + 1) * width), dim: width)
            var span = products.mutableSpan
            kernels.score(rows, 0..<count, query, 0..<1, .dot, into: &span, outStride: count)
            for k in 0..<count {
                let wanted: Float = i == k ? 1 : 0
                guard products[k] >= wanted - tolerance && products[k] <= wanted + tolerance else { return false }
            }
        }
        return true
    }
}
