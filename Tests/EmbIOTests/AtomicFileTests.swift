import EmbIO
import EmbTestSupport
import SystemPackage
import Testing

struct AtomicFileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func committedBytesAppearUnderTheName() throws {
        var file = try AtomicFile(at: folder.path(of: "t.emb"), replacing: false)
        try file.append([1, 2, 3])
        try file.append([])
        try file.append([4])
        #expect(file.byteCount == 4)
        #expect(folder.names.count == 1 && folder.names[0].hasPrefix(".t.emb.") && folder.names[0].hasSuffix(".embtmp"))
        try file.commit()
        #expect(folder.names == ["t.emb"])
        #expect(try folder.read("t.emb") == [1, 2, 3, 4])
    }

    @Test func aFileMayBeEmpty() throws {
        try AtomicFile(at: folder.path(of: "t"), replacing: false).commit()
        #expect(try folder.read("t") == [])
    }

    @Test func aDroppedFileLeavesNothing() throws {
        do {
            var file = try AtomicFile(
                at: folder.path(of: "t"), replacing: false, fileSystem: PosixFileSystem(), writing: 4096)
            try file.append([UInt8](repeating: 1, count: 10_000))
            #expect(folder.names.count == 1)
        }
        #expect(folder.names == [])
    }

    @Test func writesArePiecesOf16MiBAtMultiplesOf16MiB() throws {
        let piece = 16 << 20
        let fileSystem = FaultyFileSystem()
        var file = try AtomicFile(at: "t", replacing: false, fileSystem: fileSystem)
        let bytes = [UInt8](repeating: 7, count: 1_000_003)
        for _ in 0..<36 { try file.append(bytes) }
        try file.commit()
        let writes = fileSystem.calls.filter { $0.operation == .write }
        #expect(writes.map(\.offset) == [0, UInt64(piece), UInt64(2 * piece)])
        #expect(writes.map(\.byteCount) == [piece, piece, 36 * 1_000_003 - 2 * piece])
    }

    @Test func fullPiecesBeginToSyncAtOnce() throws {
        let fileSystem = FaultyFileSystem()
        var file = try AtomicFile(at: "t", replacing: false, fileSystem: fileSystem, writing: 4096)
        try file.append([UInt8](repeating: 7, count: 10_000))
        try file.commit()
        let calls = fileSystem.calls.filter { [.write, .beginSync, .sync].contains($0.operation) }
        #expect(calls.map(\.operation) == [.write, .beginSync, .write, .beginSync, .write, .sync])
        #expect(calls[3].offset == 4096 && calls[3].byteCount == 4096)
    }

    @Test func bytesThatCannotReachTheDeviceFailTheFile() throws {
        var faults = Faults()
        faults.failure = .init(.beginSync, .ioError)
        let fileSystem = FaultyFileSystem(faults)
        do {
            var file = try AtomicFile(at: "t", replacing: false, fileSystem: fileSystem, writing: 4096)
            #expect(throws: IOError(.beginSync, "t", .ioError)) {
                try file.append([UInt8](repeating: 7, count: 5000))
            }
            #expect(file.commitError() == IOError(.beginSync, "t", .ioError))
        }
        #expect(fileSystem.paths == [])
    }

    @Test func commitSyncsBeforeItRenamesAndTheFolderAfterwards() throws {
        let fileSystem = FaultyFileSystem()
        var file = try AtomicFile(at: "/d/t", replacing: true, fileSystem: fileSystem)
        try file.append([1])
        try file.commit()
        let operations = fileSystem.calls.map(\.operation)
        #expect(operations == [.stat, .create, .write, .sync, .close, .rename, .syncFolder])
        #expect(fileSystem.calls.last?.path == "/d")
    }

    @Test func anyMixOfAppendsAndPatchesGivesTheBytesOfAnArray() throws {
        try withEvery("run", in: 0..<60) { run in
            var random = SplitMix64.forTest("appends and patches \(run)")
            var faults = Faults()
            if run % 2 == 1 { (faults.shortTransfers, faults.interruptEvery) = (random.next(), 2 + run % 5) }
            let fileSystem = FaultyFileSystem(faults)
            var file = try AtomicFile(at: "t", replacing: false, fileSystem: fileSystem, writing: 4096)
            let model = try scribble(into: &file, using: &random)
            try file.commit()
            #expect(fileSystem.contents(of: "t") == model)
            #expect(fileSystem.paths == ["t"])
        }
    }

    @Test func patchReachesWrittenBufferedAndStraddlingBytes() throws {
        let path = folder.path(of: "t")
        var file = try AtomicFile(at: path, replacing: false, fileSystem: PosixFileSystem(), writing: 4096)
        var model = [UInt8](repeating: 1, count: 5000)
        try file.append(model)
        try withEvery("offset", in: [0, 4000, 4095, 4096, 4900]) { offset in
            let patch = [UInt8](repeating: UInt8(offset % 251), count: 100)
            try file.patch(patch, at: UInt64(offset))
            model.replaceSubrange(offset..<offset + 100, with: patch)
        }
        try file.patch([], at: 5000)
        try file.commit()
        #expect(try folder.read("t") == model)
    }

    @Test func patchBeyondTheEndStopsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            var file = try AtomicFile(at: "t", replacing: false, fileSystem: FaultyFileSystem())
            try file.append([1, 2, 3])
            try file.patch([9, 9], at: 2)
        }
    }

    @Test func appendingAllocatesNothing() throws {
        var file = try AtomicFile(
            at: folder.path(of: "t"), replacing: false, fileSystem: PosixFileSystem(), writing: 4096)
        let bytes = [UInt8](repeating: 7, count: 3000)
        try file.append(bytes)
        let count = try AllocationCounter.allocations { for _ in 0..<10 { try file.append(bytes) } }
        if let count { #expect(count == 0) }
    }

    @Test func removeUnfinishedRemovesWhatIsOpenAndNothingElse() async {
        // In a process of its own: the tests beside this one have unfinished files too.
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            try AtomicFile(at: folder.path(of: "done"), replacing: false).commit()
            let first = try AtomicFile(at: folder.path(of: "first"), replacing: false)
            let second = try AtomicFile(at: folder.path(of: "second"), replacing: false)
            AtomicFile.removeUnfinished()
            try #require(folder.names == ["done"])
            try #require(first.commitError()?.errno == .noSuchFileOrDirectory)
            _ = consume second
            try #require(folder.names == ["done"])
        }
    }

    private func scribble(into file: inout AtomicFile, using random: inout SplitMix64) throws -> [UInt8] {
        var model: [UInt8] = []
        for _ in 0..<Int.random(in: 0..<40, using: &random) {
            if Bool.random(using: &random) || model.isEmpty {
                let bytes = random.bytes(Int.random(in: 0..<3000, using: &random))
                try file.append(bytes)
                model += bytes
            } else {
                let start = Int.random(in: 0..<model.count, using: &random)
                let bytes = random.bytes(Int.random(in: 0...model.count - start, using: &random))
                try file.patch(bytes, at: UInt64(start))
                model.replaceSubrange(start..<start + bytes.count, with: bytes)
            }
            #expect(file.byteCount == UInt64(model.count))
        }
        return model
    }
}
