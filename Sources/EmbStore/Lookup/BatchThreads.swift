internal import EmbCodecs
internal import EmbIO
internal import EmbKernels
internal import Synchronization

// How a call is shared between threads: by samples, whose output rows follow each other. No number of a row depends on other
// samples, nor therefore on how many threads there are.
extension FeatureBatch {
    /// Samples that are worth a thread's while, and shares per thread: who comes late leaves some to the others.
    private static let leastShare = 16
    private static let sharesPerThread = 4

    func share(
        _ request: BatchRequest, _ part: Range<Int>, into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        try share(request, part, into: &out) {
            (request, range, workspace, rows) throws(LookupError) in
            try run(request, range, workspace, into: &rows)
        }
    }

    func share<Output: RoundedOutput>(
        _ request: BatchRequest, _ part: Range<Int>, into out: inout MutableSpan<Output>
    ) throws(LookupError) {
        try share(request, part, into: &out) {
            (request, range, workspace, rows) throws(LookupError) in
            try runRounded(request, range, workspace, into: &rows)
        }
    }

    private func share<Output: BitwiseCopyable>(
        _ request: BatchRequest, _ part: Range<Int>, into out: inout MutableSpan<Output>,
        _ run:
            @Sendable (BatchRequest, Range<Int>, LookupWorkspace, inout MutableSpan<Output>) throws(LookupError) -> Void
    ) throws(LookupError) {
        guard let workers, part.count >= 2 * Self.leastShare else {
            return try workspaces.with { (workspace) throws(LookupError) in
                try run(request, part, workspace, &out)
            }
        }
        let each = max(part.count / (workers.count * Self.sharesPerThread), Self.leastShare)
        let shares = (part.count + each - 1) / each
        let failure = Mutex<(share: Int, error: LookupError)?>(nil)
        let (dim, workspaces) = (self.dim, self.workspaces)
        let call = unsafe SharedCall(request, &out)
        workers.run(shares) { share in
            let first = part.lowerBound + share * each
            let range = first..<min(first + each, part.upperBound)
            let rows = (first - part.lowerBound) * dim..<(range.upperBound - part.lowerBound) * dim
            do throws(LookupError) {
                try workspaces.with { (workspace) throws(LookupError) in
                    var mine = unsafe call.output(rows)
                    try run(call.request, range, workspace, &mine)
                }
            } catch {
                failure.withLock { if $0 == nil || share < $0!.share { $0 = (share, error) } }
            }
        }
        guard let error = failure.withLock({ $0?.error }) else { return }
        guard case .missingID = error else { throw error }
        // Shares end at different times: name the id that one thread would have named.
        try workspaces.with { (workspace) throws(LookupError) in try findMissing(request, part, workspace) }
        throw error
    }

    /// Makes rows of floats piece by piece and rounds each piece into `out`.
    private func runRounded<Output: RoundedOutput>(
        _ request: BatchRequest, _ part: Range<Int>, _ workspace: LookupWorkspace, into out: inout MutableSpan<Output>
    ) throws(LookupError) {
        let buffer = workspace.unrounded
        let step = max(Pipeline.tileNumbers / dim, 1)
        buffer.reserve(min(part.count, step) * dim)
        for first in stride(from: part.lowerBound, to: part.upperBound, by: step) {
            let range = first..<min(first + step, part.upperBound)
            var all = buffer.mutableSpan
            var floats = all._mutatingExtracting(first: range.count * dim)
            try run(request, range, workspace, into: &floats)
            let start = (first - part.lowerBound) * dim
            var rounded = out._mutatingExtracting(start..<start + range.count * dim)
            Output.round(floats.span, into: &rounded, .best)
        }
    }
}
