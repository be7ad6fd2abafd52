/// The parts of a decimal number: sign, significand and power of ten.
struct DecimalScanner {
    private(set) var isNegative = false
    /// The digits as an integer, without the point. Exact unless `isCut`.
    private(set) var significand: UInt64 = 0
    /// The power of ten that the significand is multiplied by.
    private(set) var exponent = 0
    /// Whether there were more than 19 significant digits, so that some are missing.
    private(set) var isCut = false

    /// Whether the whole text is a decimal number.
    mutating func scan(_ text: Span<UInt8>) -> Bool {
        var index = 0
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isNegative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        var digits = scanDigits(text, &index, afterPoint: false)
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            digits += scanDigits(text, &index, afterPoint: true)
        }
        guard digits > 0, index < text.count else { return digits > 0 }
        return text[index] | 0x20 == UInt8(ascii: "e") && scanExponent(text, index + 1)
    }

    @inline(__always)
    private mutating func scanDigits(_ text: Span<UInt8>, _ index: inout Int, afterPoint: Bool) -> Int {
        let first = index
        while index < text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            // 19 digits always fit: 10^19 - 1 < 2^64.
            if significand < 1_000_000_000_000_000_000 {
                significand = significand &* 10 &+ UInt64(digit)
                if afterPoint { exponent -= 1 }
            } else {
                isCut = true
                if !afterPoint { exponent += 1 }
            }
            index += 1
        }
        return index - first
    }

    private mutating func scanExponent(_ text: Span<UInt8>, _ start: Int) -> Bool {
        var index = start
        var isDown = false
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isDown = text[index] == UInt8(ascii: "-")
            index += 1
        }
        let first = index
        var value = 0
        while index < text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return false }
            // Beyond any exponent that matters; the digits that remain cannot bring it back.
            value = min(value * 10 + Int(digit), 1_000_000_000)
            index += 1
        }
        exponent += isDown ? -value : value
        return index > first
    }
}
