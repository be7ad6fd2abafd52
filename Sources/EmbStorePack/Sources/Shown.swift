/// How bytes and names from a file appear in a message: printable ASCII on one line, of limited length.
enum Shown {
    private static let limit = 160

    /// Text with everything but printable ASCII escaped, so that a file cannot drive the reader's terminal.
    static func text(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            shown += (0x20..<0x7f).contains(scalar.value) ? String(scalar) : scalar.escaped(asASCII: true)
        }
        return text.unicodeScalars.count > limit ? shown + "..." : shown
    }

    static func quoted(_ text: String) -> String { "\"\(Shown.text(text))\"" }

    /// Up to eight names and how many more there are.
    static func list(_ names: [String]) -> String {
        let shown = names.prefix(8).map(quoted).joined(separator: ", ")
        if names.isEmpty { return "none" }
        return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
    }

    /// The first bytes of something, as text where it is ASCII.
    static func bytes(_ bytes: Span<UInt8>, limit: Int = 48) -> String {
        var shown = ""
        for index in 0..<min(bytes.count, limit) {
            let byte = bytes[index]
            shown += (0x20..<0x7f).contains(byte) ? String(Unicode.Scalar(byte)) : "\\x\(hex(byte))"
        }
        return bytes.count > limit ? shown + "..." : shown
    }

    static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
}
