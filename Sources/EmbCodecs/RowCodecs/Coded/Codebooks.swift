internal import EmbFormat
internal import EmbKernels

/// The type that codewords are stored in.
public enum CodewordType: String, Sendable {
    case f32, f16

    var element: ElementType { self == .f32 ? .f32 : .f16 }
}

/// The column `codebooks` of a table that is being packed, and its numbers as they are read back.
struct Codebooks: Sendable {
    let column: ColumnData
    let numbers: [Float]

    /// - Parameters:
    ///   - given: Numbers of the wanted type, or of `f32`, which are rounded.
    ///   - shape: What the column is to be.
    init(_ given: ColumnData, _ shape: ColumnShape, of stage: String) throws(ExpressionError) {
        guard given.shape.element == .f32, shape.element == .f16 else {
            column = given
            numbers = given.shape.element == .f32 ? given.floats : given.halves.map { Float($0) }
            return
        }
        let halves = given.floats.map { Float16($0) }
        if let (number, _) = zip(given.floats, halves).first(where: { $0.isFinite && !$1.isFinite }) {
            throw ExpressionError(.badArgument, "\(stage): \(number) in the codebooks overflows f16")
        }
        let bytes = halves.flatMap { [UInt8(truncatingIfNeeded: $0.bitPattern), UInt8($0.bitPattern >> 8)] }
        column = ColumnData("codebooks", shape, bytes: bytes)
        numbers = halves.map { Float($0) }
    }

    /// What a reader needs behind the codewords.
    var padded: [UInt8] { column.bytes + [UInt8](repeating: 0, count: StoredRows.slack) }
}

extension ColumnData {
    fileprivate var halves: [Float16] {
        stride(from: 0, to: bytes.count, by: 2).map {
            Float16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
        }
    }
}

extension Span<Float> {
    /// The first row with a number that is not finite.
    func firstNonFiniteRow(dim: Int) -> Int? {
        for row in 0..<count / dim {
            var probe: Float = 0  // stays 0 as long as everything is finite
            for i in row * dim..<(row + 1) * dim { probe += self[i] * 0 }
            if probe.isNaN { return row }
        }
        return nil
    }
}
