internal import CEmbStore
internal import Dispatch
internal import EmbCInterface
internal import EmbStorePack
internal import Synchronization

/// Runs the packer, which is asynchronous, while the calling thread waits.
enum Blocking {
    /// What the work needs: handed over, and left alone by the thread that waits.
    private struct Handover: @unchecked Sendable {
        let packer: Packer
        let plans: [TablePlan]
        let handle: PackHandle
    }

    /// Packs, and tells what it came to as JSON.
    static func pack(
        _ packer: Packer, _ plans: [TablePlan], _ handle: PackHandle, to path: String
    ) throws(CallError) -> String {
        let work = Handover(packer: packer, plans: plans, handle: handle)
        let (slot, done) = (Slot(), DispatchSemaphore(value: 0))
        Task.detached {
            let result = await run(work, path)
            slot.result.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        return try slot.result.withLock { $0 }!.get()
    }

    private final class Slot: Sendable {
        let result = Mutex<Result<String, CallError>?>(nil)
    }

    private static func run(_ work: Handover, _ path: String) async -> Result<String, CallError> {
        do throws(PackError) {
            let start = ContinuousClock.now
            let packed = try await work.packer.pack(work.plans, features: work.handle.features, to: path) { moment in
                work.handle.moment.withLock { $0 = moment }
            }
            let duration = ContinuousClock.now - start
            return .success(Reports.json(path, packed.reports, packed.fileBytes, duration))
        } catch {
            return .failure(CallError(error))
        }
    }
}
