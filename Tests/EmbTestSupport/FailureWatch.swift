internal import Synchronization
internal import Testing

/// Notices that something failed inside nested `withEvery` loops, so that the innermost one can say where it was.
final class FailureWatch: Sendable {
    @TaskLocal private static var current: FailureWatch?
    @TaskLocal private static var currentCombination: [String] = []

    private let didFail = Atomic(false)
    private let didThrow = Atomic(false)

    var combination: [String] { FailureWatch.currentCombination }

    /// Runs a loop under the watch of the loops around it, or begins a watch for the outermost one.
    static func watching(_ loop: (FailureWatch) throws -> Void) rethrows {
        if let watch = current { return try loop(watch) }
        let watch = FailureWatch()
        try $current.withValue(watch) {
            // No issue is ever matched: the matcher is only there to be asked about each.
            try withKnownIssue(isIntermittent: true) {
                try loop(watch)
            } matching: { _ in
                watch.noteFailure()
            }
        }
    }

    func reporting(_ combination: [String], at location: SourceLocation, _ body: () throws -> Void) rethrows {
        do {
            try FailureWatch.$currentCombination.withValue(combination, operation: body)
        } catch {
            if !didThrow.exchange(true, ordering: .relaxed) { report(combination, location) }
            throw error
        }
        if didFail.load(ordering: .relaxed) { report(combination, location) }
    }

    private func noteFailure() -> Bool {
        didFail.store(true, ordering: .relaxed)
        return false
    }

    private func report(_ combination: [String], _ location: SourceLocation) {
        Issue.record("with \(combination.joined(separator: ", "))", sourceLocation: location)
        // The report is an issue too, and not one for the loops further out.
        didFail.store(false, ordering: .relaxed)
    }
}
