/// The three fields of an .npy dictionary on their way from text to meaning.
struct NpyFields {
    let file: String
    /// The offset of the dictionary, for messages.
    let start: UInt64
    private var values: [String: PythonLiteral] = [:]

    init(file: String, start: UInt64) {
        self.file = file
        self.start = start
    }

    /// Parses the dictionary: each field once, and no other.
    mutating func parse(_ text: [UInt8]) throws(SourceError) {
        var parser = PythonDictParser(file: file, text: text, start: start)
        for (key, value) in try parser.parse() {
            guard ["descr", "fortran_order", "shape"].contains(key) else {
                throw bad("key", found: key, expected: "descr, fortran_order or shape")
            }
            guard values.updateValue(value, forKey: key) == nil else {
                throw .duplicateName(file: file, what: "header fields", name: key)
            }
        }
    }

    /// The element type: byte order, kind and size as numpy spells them.
    func decoder() throws(SourceError) -> ElementDecoder {
        if values["descr"] == .list { throw unsupported("structured") }
        guard case .string(let descr)? = values["descr"] else {
            throw bad("descr", found: found("descr"), expected: "a string such as '<f4'")
        }
        guard let element = Self.elements[String(descr.dropFirst())] else { throw unsupported(descr) }
        switch descr.first {
        case "<": return ElementDecoder(element: element, bigEndian: false)
        case ">": return ElementDecoder(element: element, bigEndian: true)
        case "|" where element.byteCount == 1: return ElementDecoder(element: element, bigEndian: false)
        default: throw bad("byte order", found: descr, expected: "< or >")
        }
    }

    func fortranOrder() throws(SourceError) -> Bool {
        guard case .boolean(let order)? = values["fortran_order"] else {
            throw bad("fortran_order", found: found("fortran_order"), expected: "True or False")
        }
        return order
    }

    func sizes() throws(SourceError) -> [UInt64] {
        guard case .tuple(let sizes)? = values["shape"] else {
            throw bad("shape", found: found("shape"), expected: "a tuple of numbers")
        }
        return sizes.compactMap { if case .integer(let size) = $0 { size } else { nil } }
    }

    private static let elements: [String: SourceElement] = [
        "f2": .f16, "f4": .f32, "f8": .f64,
        "i1": .i8, "i2": .i16, "i4": .i32, "i8": .i64,
        "u1": .u8, "u2": .u16, "u4": .u32, "u8": .u64,
    ]

    private static let kinds: [Character: String] = [
        "b": "bool", "c": "complex", "O": "Python objects (pickle)", "U": "text", "S": "bytes", "V": "void",
        "M": "dates", "m": "time spans", "f": "floats of another size",
    ]

    private func unsupported(_ descr: String) -> SourceError {
        let kind = descr.dropFirst().first.flatMap { Self.kinds[$0] }
        let found = kind.map { "\($0) (\(descr))" } ?? descr
        return .unsupportedType(file: file, found: found, expected: "f2, f4, f8, or integers of 1 to 8 bytes")
    }

    private func bad(_ field: String, found: String, expected: String) -> SourceError {
        .badHeader(file: file, field: field, offset: start, found: found, expected: expected)
    }

    private func found(_ field: String) -> String {
        switch values[field] {
        case .string(let value): "'\(value)'"
        case .boolean(let value): value ? "True" : "False"
        case .integer(let value): "\(value)"
        case .tuple: "a tuple"
        case .list: "a list"
        case nil: "missing"
        }
    }
}
