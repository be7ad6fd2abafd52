/// Decimal text to the nearest `Float`, ties to even.
///
/// The grammar is that of C's `strtof` without hexadecimal: an optional sign, digits with an optional point, an
/// optional exponent, or `inf`, `infinity`, `nan` in any case.
enum DecimalFloat {
    enum Outcome: Equatable {
        case value(Float)
        /// A finite number beyond the range of `Float`.
        case overflow
        case notANumber
    }

    static func parse(_ text: Span<UInt8>) -> Outcome {
        var scanner = DecimalScanner()
        guard scanner.scan(text) else { return special(text) }
        if let value = quick(scanner) { return .value(value) }
        // The correctly rounding parser of the standard library; one number in thousands comes here.
        let exact = Float(String(decoding: text.indices.map { text[$0] }, as: UTF8.self))
        guard let exact else { return .notANumber }
        return exact.isInfinite ? .overflow : .value(exact)
    }

    /// The value where two roundings are as good as one, else nil.
    ///
    /// A product or quotient of a significand up to 2^53 and a power of ten up to 10^22, both exact, is the `Double`
    /// nearest to the decimal number; with a longer significand, rounded or cut first, it is within two of its last
    /// places. Rounding that to `Float` can differ from rounding the decimal number only if the `Double` lies between
    /// two floats, exactly or nearly, which for normal floats shows in its low 29 bits.
    private static func quick(_ scanner: DecimalScanner) -> Float? {
        if scanner.significand == 0 { return scanner.isNegative ? -0.0 : 0.0 }
        guard (-22...22).contains(scanner.exponent) else { return nil }
        let significand = Double(scanner.significand)
        let magnitude =
            scanner.exponent < 0
            ? significand / powersOfTen[-scanner.exponent] : significand * powersOfTen[scanner.exponent]
        let isExact = scanner.significand <= 1 << 53 && !scanner.isCut
        let fromMiddle = Int(magnitude.bitPattern & 0x1fff_ffff) - 0x1000_0000
        guard abs(fromMiddle) > (isExact ? 0 : 8), magnitude >= 0x1p-126, magnitude <= 0x1.fffffep127 else {
            return nil
        }
        return Float(scanner.isNegative ? -magnitude : magnitude)
    }

    private static func special(_ text: Span<UInt8>) -> Outcome {
        guard let first = text.first, text.count <= 9 else { return .notANumber }
        let isSigned = first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
        var word = ""
        for index in (isSigned ? 1 : 0)..<text.count { word.unicodeScalars.append(Unicode.Scalar(text[index] | 0x20)) }
        let isNegative = first == UInt8(ascii: "-")
        switch word {
        case "inf", "infinity": return .value(isNegative ? -.infinity : .infinity)
        case "nan": return .value(isNegative ? -.nan : .nan)
        default: return .notANumber
        }
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}

extension Span<UInt8> {
    var first: UInt8? { isEmpty ? nil : self[0] }
}
