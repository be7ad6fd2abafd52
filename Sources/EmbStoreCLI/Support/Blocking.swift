import Foundation
import Synchronization

/// Runs asynchronous work from the main thread, which waits for it.
///
/// An asynchronous `main` would leave the main thread to the dispatch library, which takes signals there and not where
/// `Signals` waits for them.
enum Blocking {
    /// What the work needs, and what it came to: handed over, and left alone by the thread that waits.
    private struct Handover<Value>: @unchecked Sendable {
        let value: Value
    }

    private final class Slot<Value>: Sendable {
        let result = Mutex<Handover<Result<Value, any Error>>?>(nil)
    }

    static func run<Value>(_ work: @escaping () async throws -> Value) throws -> Value {
        let (handover, slot, done) = (Handover(value: work), Slot<Value>(), DispatchSemaphore(value: 0))
        Task.detached {
            do {
                let value = try await handover.value()
                slot.result.withLock { $0 = Handover(value: .success(value)) }
            } catch {
                slot.result.withLock { $0 = Handover(value: .failure(error)) }
            }
            done.signal()
        }
        done.wait()
        return try slot.result.withLock { $0 }!.value.get()
    }
}
