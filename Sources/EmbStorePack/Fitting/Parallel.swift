internal import Dispatch
internal import Synchronization

/// Work cut into numbered parts, done by several threads.
enum Parallel {
    /// The results of parts 0 ..< count, in order: the same ones at any number of threads.
    static func map<Result: Sendable>(
        _ count: Int, threads: Int, _ part: @Sendable (Int) -> Result
    ) -> [Result] {
        guard threads > 1, count > 1 else { return (0..<count).map(part) }
        let results = Mutex([Result?](repeating: nil, count: count))
        let next = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
            while true {
                let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard number < count else { return }
                let result = part(number)
                results.withLock { $0[number] = result }
            }
        }
        return results.withLock { $0.map { $0! } }
    }
}
