internal import EmbCodecs
internal import EmbFormat

/// The tensors of a trained model in a .safetensors file (Formats/import.md). Each that is asked for is ticked off, so that what
/// nobody understands can be refused.
final class TrainedState {
    /// The file's name, for messages.
    let name: String
    private let file: any ByteSource
    private let header: SafetensorsHeader
    private let prefix: String
    private var unread: Set<String>

    /// - Parameter prefix: What the names of all tensors begin with; others are left alone.
    init(path: String, prefix: String) throws(SourceError) {
        let file = try SourceFile.open(path)
        self.file = file
        self.prefix = prefix
        name = file.name
        header = try SafetensorsHeader(file)
        unread = Set(header.tensors.keys.filter { $0.hasPrefix(prefix) })
    }

    func has(_ tensor: String) -> Bool { header.tensors[prefix + tensor] != nil }

    /// The names, without the prefix, of the tensors that begin and end so, in byte order: what stands between.
    func names(from head: String, to tail: String) -> [String] {
        header.tensors.keys.filter { $0.hasPrefix(prefix + head) && $0.hasSuffix(tail) }
            .map { String($0.dropFirst(prefix.utf8.count + head.utf8.count).dropLast(tail.utf8.count)) }
            .sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    /// The sizes of a tensor that has one of the numbers of dimensions.
    func sizes(_ tensor: String, dimensions: [Int], expected: String) throws(PackError) -> [UInt64] {
        let sizes = try info(tensor).sizes
        guard dimensions.contains(sizes.count), !sizes.contains(0) else {
            throw misshaped(tensor, expected: expected)
        }
        return sizes
    }

    /// The sizes of a matrix.
    func matrix(_ tensor: String) throws(PackError) -> (rows: UInt64, width: UInt64) {
        let sizes = try sizes(tensor, dimensions: [2], expected: "two dimensions: rows and numbers")
        guard sizes[0] <= FormatLimits.rows else {
            throw misshaped(tensor, expected: "at most \(FormatLimits.rows) rows")
        }
        return (sizes[0], sizes[1])
    }

    /// The count of a vector, which may also be written [n, 1].
    func vector(_ tensor: String) throws(PackError) -> UInt64 {
        let sizes = try sizes(tensor, dimensions: [1, 2], expected: "one dimension")
        guard sizes.count == 1 || sizes[1] == 1 else { throw misshaped(tensor, expected: "one dimension, or [n, 1]") }
        return sizes[0]
    }

    /// Fails unless `found`, part of what the sizes of `tensor` say, is `wanted`.
    func check(_ tensor: String, _ found: UInt64, _ wanted: UInt64, _ what: String) throws(PackError) {
        guard found == wanted else { throw misshaped(tensor, expected: "\(wanted) \(what)") }
    }

    func misshaped(_ tensor: String, expected: String) -> PackError {
        let sizes = header.tensors[prefix + tensor]?.sizes ?? []
        return .plan(
            source: "\(name):\(prefix)\(tensor)", field: "shape",
            found: "[\(sizes.map { "\($0)" }.joined(separator: ", "))]", expected: expected)
    }

    /// The numbers of a tensor as rows of `width`, whatever its shape. The caller has checked that they divide.
    func rows(_ tensor: String, width: UInt64) throws(PackError) -> any RowSource {
        let info = try info(tensor)
        unread.remove(prefix + tensor)
        let full = "\(name):\(prefix)\(tensor)"
        guard let element = info.element, [.f64, .f32, .f16, .bf16].contains(element) else {
            throw .source(.unsupportedType(file: full, found: info.dtype, expected: "F64, F32, F16 or BF16"))
        }
        let count = info.sizes.reduce(1, *)  // which the file's length bounds
        do throws(SourceError) { try MatrixLayout.checkTable([count / width, width], name: full) } catch {
            throw .source(error)
        }
        let layout = MatrixLayout(
            rowCount: count / width, dim: Int(width), start: header.start + info.offsets[0],
            decoder: ElementDecoder(element: element, bigEndian: false))
        return MatrixSource(NamedSource(file, name: full), layout: layout, tableName: prefix + tensor)
    }

    /// All numbers of a tensor.
    func floats(_ tensor: String) throws(PackError) -> [Float] {
        let width = try info(tensor).sizes.last ?? 1
        return try ArraySource(reading: rows(tensor, width: width)).allValues
    }

    /// All numbers of a tensor of integers.
    func integers(_ tensor: String) throws(PackError) -> [Int64] {
        let info = try info(tensor)
        unread.remove(prefix + tensor)
        let full = "\(name):\(prefix)\(tensor)"
        guard let element = info.element, Self.integerTypes.contains(element) else {
            throw .source(.unsupportedType(file: full, found: info.dtype, expected: "integers"))
        }
        let count = Int(info.sizes.reduce(1, *))
        let size = element.byteCount
        let isSigned = info.dtype.hasPrefix("I")
        do throws(SourceError) {
            let bytes = try file.bytes(at: header.start + info.offsets[0], count: count * size, what: "tensor")
            return (0..<count).map { i in
                let word = (0..<size).reduce(UInt64(0)) { $0 | UInt64(bytes[i * size + $1]) << UInt64(8 * $1) }
                let spare = UInt64(64 - 8 * size)
                return isSigned ? Int64(bitPattern: word << spare) >> Int64(spare) : Int64(bitPattern: word)
            }
        } catch {
            throw .source(error)
        }
    }

    private static let integerTypes: [SourceElement] = [.i8, .u8, .i16, .u16, .i32, .u32, .i64, .u64]

    /// Fails if a tensor was not asked for.
    func finish() throws(PackError) {
        guard let stranger = unread.min() else { return }
        throw .plan(
            source: name, field: "tensor", found: "\"\(stranger)\"",
            expected: "only those of the method (Formats/import.md)")
    }

    private func info(_ tensor: String) throws(PackError) -> TensorInfo {
        guard let info = header.tensors[prefix + tensor] else {
            throw .source(
                .noSuchTensor(file: name, wanted: prefix + tensor, available: header.tensors.keys.sorted()))
        }
        return info
    }
}
