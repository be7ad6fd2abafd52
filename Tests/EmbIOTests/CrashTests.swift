import EmbIO
import EmbTestSupport
import Testing

/// A file is written over an old one, and the machine stops after each call in turn. Whatever part of the unsynced
/// bytes and names the device happens to hold: under the final name there is the old file or the new one, complete.
struct CrashTests {
    private static let path = "/d/t.emb"
    private let old = [UInt8](repeating: 1, count: 3000)
    private let new = [UInt8](repeating: 2, count: 10_000)

    @Test(arguments: [true, false])
    func everyCrashLeavesTheOldFileOrTheNewOne(isReplacing: Bool) throws {
        let last = try callCount(isReplacing)
        withEvery("crash after call", in: 0...last) { point in
            let fileSystem = crashed(after: point, isReplacing)
            withEvery("image", in: 0..<40 as Range<UInt64>) { seed in
                let found = fileSystem.imageAfterCrash(seed: seed)[CrashTests.path]
                #expect(found == new || (point < last && found == (isReplacing ? old : nil)))
            }
        }
    }

    /// The test above proves something only if this disk is cruel enough to those who do not sync.
    @Test func withoutSyncsTheDiskShowsPartialFiles() throws {
        let images = try (0..<40 as Range<UInt64>).map { seed in
            var faults = Faults()
            faults.ignoresSync = true
            let fileSystem = FaultyFileSystem(faults)
            fileSystem.put(old, at: CrashTests.path)
            try write(to: fileSystem, isReplacing: true)
            return fileSystem.imageAfterCrash(seed: seed)[CrashTests.path]
        }
        #expect(images.contains(old) && images.contains(new))
        #expect(images.contains { $0 != old && $0 != new })
    }

    private func callCount(_ isReplacing: Bool) throws -> Int {
        let fileSystem = FaultyFileSystem()
        try write(to: fileSystem, isReplacing: isReplacing)
        return fileSystem.calls.count
    }

    private func crashed(after point: Int, _ isReplacing: Bool) -> FaultyFileSystem {
        var faults = Faults()
        faults.crashAfter = point
        let fileSystem = FaultyFileSystem(faults)
        if isReplacing { fileSystem.put(old, at: CrashTests.path) }
        try? write(to: fileSystem, isReplacing: isReplacing)
        return fileSystem
    }

    /// A writer as the packer is one: placeholder first, rows, and the superblock patched in at the end.
    private func write(to fileSystem: FaultyFileSystem, isReplacing: Bool) throws {
        var file = try AtomicFile(
            at: CrashTests.path, replacing: isReplacing, fileSystem: fileSystem, writing: 4096)
        try file.append([UInt8](repeating: 0, count: 64))
        try file.append(new.dropFirst(64).map { $0 })
        try file.patch(new.prefix(64).map { $0 }, at: 0)
        try file.commit()
    }
}
