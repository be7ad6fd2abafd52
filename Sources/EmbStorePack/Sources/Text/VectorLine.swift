/// A line of a token and numbers, taken apart from the right.
///
/// Tokens may contain the separators themselves (`. . .`, `at name@example.com`), so only the numbers tell where the
/// token ends: it is all that stands before the separator of the dim-th number from the right.
enum VectorLine {
    static func isSeparator(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// The range of the last field that ends at or before `end`, without separators; nil if there is none.
    static func lastField(_ line: Span<UInt8>, before end: Int) -> Range<Int>? {
        var end = end
        while end > 0, isSeparator(line[end - 1]) { end -= 1 }
        var start = end
        while start > 0, !isSeparator(line[start - 1]) { start -= 1 }
        return start < end ? start..<end : nil
    }

    /// How many fields at the end of the line are numbers, leaving at least a separator, and so a token, before them.
    static func trailingNumbers(_ line: Span<UInt8>) -> Int {
        var count = 0
        var end = line.count
        while let field = lastField(line, before: end), field.lowerBound > 0,
            DecimalFloat.parse(line.extracting(field)) != .notANumber
        {
            count += 1
            end = field.lowerBound
        }
        return count
    }

    /// The number of fields, for messages.
    static func fieldCount(_ line: Span<UInt8>) -> Int {
        var count = 0
        var end = line.count
        while let field = lastField(line, before: end) {
            count += 1
            end = field.lowerBound
        }
        return count
    }

    /// The two numbers of a word2vec header.
    static func header(_ line: Span<UInt8>) -> (rowCount: UInt64, dim: UInt64)? {
        guard let last = lastField(line, before: line.count), let dim = unsigned(line.extracting(last)),
            let first = lastField(line, before: last.lowerBound), first.lowerBound == 0,
            let rowCount = unsigned(line.extracting(first))
        else { return nil }
        return (rowCount, dim)
    }

    /// Digits as a number below 2^64.
    static func unsigned(_ text: Span<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for index in text.indices {
            let digit = text[index] &- UInt8(ascii: "0")
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
            guard digit < 10, !overflow, !carry else { return nil }
            value = sum
        }
        return text.isEmpty ? nil : value
    }
}
