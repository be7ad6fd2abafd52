internal import EmbCodecs
internal import EmbFormat

/// Any text: refused, or its spelling reads as the same stages, and what they mean has a spelling that is its own.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ data: UnsafePointer<UInt8>!, _ size: Int) -> CInt {
    let text = unsafe String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    do throws(ExpressionError) {
        let stages = try ExpressionParser.parse(text)
        let spelled = StageSyntax.spell(stages)
        // Joining by " | " and ", " may lengthen an expression beyond the limit.
        guard spelled.utf8.count <= FormatLimits.expressionBytes else { return 0 }
        let again = try ExpressionParser.parse(spelled)
        precondition(again == stages, "\(text) becomes \(again)")
        checkMeaning(of: text)
    } catch {
        _ = error.refusal(of: "expression").description
    }
    return 0
}

private func checkMeaning(of text: String) {
    guard let composition = try? Composition(text) else { return }
    let canonical = composition.description
    let again = try? Composition(canonical)
    precondition(again?.description == canonical, "\(canonical) is not its own spelling")
    precondition(again?.stageEntries == composition.stageEntries, "\(canonical) has other stages")
    for dim in [1, 7, 64, 65_536] {
        let shape = try? composition.storedShape(rowCount: 3, dim: dim)
        precondition(shape == (try? again?.storedShape(rowCount: 3, dim: dim)), "\(canonical) stores other rows")
    }
}
