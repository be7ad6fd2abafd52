extension String {
    /// The text with everything escaped that could drive a terminal or turn its reading direction: names in a file are
    /// somebody else's. Our own bold stays.
    var harmless: String {
        guard unicodeScalars.contains(where: Self.isSharp) else { return self }
        return split(separator: "\u{1B}[", omittingEmptySubsequences: false).enumerated().map { number, part in
            let escaped = part.unicodeScalars.map { Self.isSharp($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
            guard number > 0 else { return escaped }
            return (part.hasPrefix("1m") || part.hasPrefix("0m") ? "\u{1B}[" : "\\u{1B}[") + escaped
        }.joined()
    }

    private static func isSharp(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
