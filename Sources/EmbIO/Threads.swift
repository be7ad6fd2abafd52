internal import CEmbIO

/// Work shared between threads for the length of a call.
public enum Threads {
    /// Calls `body` with 0 ..< count, each on a thread of its own, the first on the caller's, and returns when all have
    /// returned.
    public static func run(_ count: Int, _ body: @Sendable (Int) -> Void) {
        guard count > 1 else {
            if count == 1 { body(0) }
            return
        }
        withoutActuallyEscaping(body) { body in
            let work = Work(body)
            unsafe emb_run_threads(
                count,
                { context, index in unsafe Unmanaged<Work>.fromOpaque(context).takeUnretainedValue().body(index) },
                Unmanaged.passUnretained(work).toOpaque())
            withExtendedLifetime(work) {}
        }
    }

    private final class Work: Sendable {
        let body: @Sendable (Int) -> Void
        init(_ body: @escaping @Sendable (Int) -> Void) { self.body = body }
    }
}
