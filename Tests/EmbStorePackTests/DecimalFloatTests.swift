import Testing

@testable import EmbStorePack

@Suite struct DecimalFloatTests {
    private func parse(_ text: String) -> DecimalFloat.Outcome { DecimalFloat.parse(Array(text.utf8).span) }

    @Test func randomNumbersAgreeWithTheStandardLibrary() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<20_000 {
            let digits = String(random.next() >> (random.next() % 60))
            let point = Int(random.next() % UInt64(digits.count + 1))
            let exponent = Int(random.next() % 60) - 40
            let text = "-\(digits.prefix(point)).\(digits.dropFirst(point))e\(exponent)"
            let expected = Float(text)!
            #expect(parse(text) == (expected.isInfinite ? .overflow : .value(expected)), "\(text)")
        }
    }

    @Test func shortestFormOfEveryKindOfFloatComesBack() {
        var random = SplitMix64(seed: 2)
        for _ in 0..<20_000 {
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            guard value.isFinite else { continue }
            #expect(parse("\(value)") == .value(value), "\(value)")
        }
    }

    /// Decimal numbers of 17 to 40 digits on and beside the middle of two floats.
    @Test func numbersNearTheMiddleOfTwoFloatsAreRoundedOnce() {
        var random = SplitMix64(seed: 4)
        for _ in 0..<5_000 {
            let low = Float(Double(random.next() >> 11) * 0x1p-53)
            let middle = (Double(low) + Double(low.nextUp)) / 2
            for value in [middle, middle.nextUp, middle.nextDown] {
                for text in ["\(value)", "\(value)1", "\(value)00000000000000000000001"] where !text.contains("e") {
                    #expect(parse(text) == .value(Float(text)!), "\(text)")
                }
            }
        }
    }

    /// Between two floats the last bit decides; rounding to double first would lose it.
    @Test(arguments: [
        ("1.00000005960464477539062500000000000000001", Float(1).nextUp),
        ("1.000000059604644775390625", 1), ("1.0000000596046447753", 1),
        ("1.00000005960464477539062499999999999999999", 1),
        ("1.000000178813934326171875", Float(1).nextUp.nextUp),
        ("16777217", 16_777_216), ("16777219", 16_777_220), ("9007199791611905", 9_007_200_328_482_816),
        ("7.0064923216240853546186479164495e-46", 0), ("7.0064923216240853546186479164496e-46", .leastNonzeroMagnitude),
        ("3.4028235677973366e38", .greatestFiniteMagnitude),
        ("1.1754943508222875e-38", .leastNormalMagnitude), ("1e-400", 0), ("0e999999999999999999999", 0),
    ]) func hardCasesAreRoundedOnce(text: String, value: Float) {
        #expect(parse(text) == .value(value))
    }

    @Test(arguments: ["inf", "+Infinity", "INF"]) func infinitiesPass(text: String) {
        #expect(parse(text) == .value(.infinity))
        #expect(parse("-inf") == .value(-.infinity))
    }

    @Test func nanAndSignedZeroPass() throws {
        guard case .value(let value) = parse("-NaN"), case .value(let zero) = parse("-0.0") else {
            return #expect(Bool(false))
        }
        #expect(value.isNaN)
        #expect(zero.sign == .minus && zero == 0)
    }

    @Test(arguments: [
        "", "+", "-", ".", "e5", "1e", "1e+", "1.2.3", "1,5", "0x10", "1_000", " 1", "1 ", "nan(1)", "infinit", "--1",
        "1e5.0", "1f", "\u{661}",
    ]) func otherTextIsNoNumber(text: String) { #expect(parse(text) == .notANumber) }

    @Test(arguments: ["1e39", "-3.5e38", "1e999999999999", "340282356779733661637539395458142568448"])
    func finiteNumbersBeyondFloatOverflow(text: String) { #expect(parse(text) == .overflow) }
}
