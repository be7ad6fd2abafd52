import EmbIO
import EmbTestSupport
internal import Synchronization
import SystemPackage
import Testing

/// The tools of the tests are tested where they come from.
struct TestSupportTests {
    @Test func allocationsOfAnArrayAreCounted() {
        let count = AllocationCounter.allocations { keep([UInt64](repeating: 1, count: 100)) }
        if let count { #expect(count == 1) }
    }

    @Test func arithmeticAllocatesNothing() {
        var sum = 0
        let count = AllocationCounter.allocations {
            sum = 0
            for number in 0..<1000 { sum &+= number &* number }
        }
        if let count { #expect(count == 0) }
        #expect(sum == 332_833_500)
    }

    @Test func allocationsOfOtherThreadsAreNotCounted() async {
        let count = await Task.detached { self.keep([Int](repeating: 2, count: 50)) }.value
        #expect(count == 50)
        #expect(AllocationCounter.allocations {} ?? 0 == 0)
    }

    @Test func splitMix64GivesThePublishedNumbers() {
        var random = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
        var (first, second) = (SplitMix64.forTest("name"), SplitMix64.forTest("name"))
        #expect(first.bytes(13) == second.bytes(13))
    }

    @Test func withEveryNamesTheCombinationThatFailed() {
        let seen = reports {
            withEvery("dim", in: [1, 2]) { dim in
                withEvery("bits", in: [4, 8]) { bits in #expect(dim != 2 || bits != 4) }
            }
        }
        #expect(seen == ["with dim = 2, bits = 4"])
    }

    @Test func withEveryNamesFailuresBesideInnerLoopsAndThrownErrors() throws {
        let seen = try reports {
            withEvery("a", in: 0..<2) { a in
                withEvery("b", in: 0..<1) { _ in }
                #expect(a == 0)
            }
            try withEvery("c", in: 5..<7) { _ in
                try withEvery("d", in: 0..<2) { d in if d == 1 { throw Errno.ioError } }
            }
        }
        #expect(seen == ["with a = 1", "with c = 5, d = 1"])
    }

    @Test func faultsCanBeCountedOut() throws {
        var faults = Faults()
        faults.failure = .init(.sync, call: 2, .ioError)
        let file = try FaultyFileSystem(faults).createFile("t")
        try file.sync()
        #expect(throws: IOError(.sync, "t", .ioError)) { try file.sync() }
        try file.sync()
    }

    @Test func unsyncedBytesAndNamesAreLostOrNot() throws {
        let fileSystem = FaultyFileSystem()
        let file = try fileSystem.createFile("/d/t")
        try file.writeFully([UInt8](repeating: 7, count: 256).raw, at: 0)
        try expectImages(
            of: fileSystem, toBe: { $0 == nil }, { $0 == [] }, { $0?.count == 256 && $0?.contains(0) == true })
        try file.sync()
        try expectImages(of: fileSystem, toBe: { $0 == nil }, { $0 == [UInt8](repeating: 7, count: 256) })
        try fileSystem.syncFolder("/d")
        try expectImages(of: fileSystem, toBe: { $0 == [UInt8](repeating: 7, count: 256) })
    }

    /// Each of `kinds` comes up; where there is but one, nothing else does.
    private func expectImages(of fileSystem: FaultyFileSystem, toBe kinds: (([UInt8]?) -> Bool)...) throws {
        let images = (0..<100 as Range<UInt64>).map { fileSystem.imageAfterCrash(seed: $0)["/d/t"] }
        for kind in kinds { #expect(images.contains(where: kind)) }
        if kinds.count == 1 { #expect(images.allSatisfy(kinds[0])) }
    }

    @inline(never) @discardableResult
    private func keep<Value>(_ values: [Value]) -> Int { values.count }

    /// What `withEvery` says of failures that are meant to happen.
    private func reports(of loops: () throws -> Void) rethrows -> [String] {
        let seen = Mutex<[String]>([])
        try withKnownIssue {
            try loops()
        } matching: { issue in
            seen.withLock { $0 += issue.comments.map(\.rawValue).filter { $0.hasPrefix("with ") } }
            return true
        }
        return seen.withLock { $0 }
    }
}
