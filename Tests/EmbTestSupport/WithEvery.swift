public import Testing

/// Runs `body` for each value, and says for which one something failed.
///
/// Nests: whatever fails, at any depth, is followed by one issue that names the whole combination, such as
/// `with dim = 64, offset = 3`. An error that is thrown ends the loops, as it would without them.
public func withEvery<Values: Sequence>(
    _ label: String, in values: Values, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (Values.Element) throws -> Void
) rethrows {
    try FailureWatch.watching { watch in
        for value in values {
            let combination = watch.combination + ["\(label) = \(value)"]
            try watch.reporting(combination, at: sourceLocation) { try body(value) }
        }
    }
}
