internal import CEmbIO

/// Threads that wait for work, for calls too short to start threads for. Ended and joined when the pool is dropped.
///
/// Callable from any thread; one call at a time has the threads, another's work is done by its caller alone. So it is in a
/// process that was forked off: threads stay behind.
@safe public final class WorkerPool: Sendable {
    /// The threads of a call, the caller's among them.
    public let count: Int
    private nonisolated(unsafe) let pool: OpaquePointer?

    /// - Parameter threads: One of them is the caller's. Fewer are had where the system has no more.
    public init(threads: Int) {
        count = max(threads, 1)
        unsafe pool = emb_pool_create(count - 1)
    }

    deinit { unsafe emb_pool_destroy(pool) }

    /// Calls `body` with 0 ..< pieces, each once, on whichever thread is free, and returns when all have returned. Allocates
    /// nothing.
    public func run(_ pieces: Int, _ body: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            unsafe withUnsafePointer(to: body) { body in
                unsafe emb_pool_run(
                    pool, pieces,
                    { context, piece in
                        unsafe context.assumingMemoryBound(to: (@Sendable (Int) -> Void).self).pointee(piece)
                    }, UnsafeMutableRawPointer(mutating: body))
            }
        }
    }
}
