internal import Synchronization

/// Workspaces of a table, one per lookup under way. Made on demand, kept for the next.
final class WorkspacePool: Sendable {
    private static let kept = 64
    private let free = Mutex<[LookupWorkspace]>([])

    init() { free.withLock { $0.reserveCapacity(Self.kept) } }

    /// Calls `body` with a workspace that nobody else uses.
    func with<Result, E: Error>(_ body: (LookupWorkspace) throws(E) -> Result) throws(E) -> Result {
        let box = free.withLock { Handover($0.popLast()) }
        let workspace = box.workspace ?? LookupWorkspace()
        defer {
            let box = Handover(workspace)
            free.withLock { if $0.count < Self.kept { $0.append(box.workspace!) } }
        }
        return try body(workspace)
    }

    /// Carries a workspace in or out of the lock. Sound because only one lookup at a time has it.
    private struct Handover: @unchecked Sendable {
        let workspace: LookupWorkspace?
        init(_ workspace: LookupWorkspace?) { self.workspace = workspace }
    }
}
