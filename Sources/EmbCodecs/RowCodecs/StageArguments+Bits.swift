extension StageArguments {
    /// `bits=1` to `bits=8`, which must be there.
    mutating func gridBits() throws(ExpressionError) -> Int {
        guard let bits = try integer("bits", in: 1...8) else { throw missing("bits") }
        return Int(bits)
    }
}
