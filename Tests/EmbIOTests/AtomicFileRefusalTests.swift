import EmbIO
import EmbTestSupport
internal import Glibc
import SystemPackage
import Testing

/// What is refused, what it says, and that nothing is left behind.
struct AtomicFileRefusalTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func anExistingFileIsRefusedAtOnceUnlessReplacing() throws {
        let path = try folder.write([1], to: "t")
        expectRefusal(IOError(.create, path, .fileExists), at: path, replacing: false)
        #expect(folder.names == ["t"])
        try AtomicFile(at: path, replacing: true).commit()
        #expect(try folder.read("t") == [])
    }

    @Test func aFileThatAppearsMeanwhileIsNotReplaced() throws {
        let path = folder.path(of: "t")
        var file = try AtomicFile(at: path, replacing: false)
        try file.append([2])
        try folder.write([1], to: "t")
        #expect(file.commitError() == IOError(.rename, path, .fileExists))
        #expect(folder.names == ["t"])
        #expect(try folder.read("t") == [1])
    }

    @Test func foldersAndDevicesAreNeverReplaced() throws {
        withEvery("replacing", in: [false, true]) { replacing in
            withEvery("path", in: [folder.path, "\(folder.path)/", "/", ".", ".."]) { path in
                expectRefusal(IOError(.create, path, .isDirectory), at: path, replacing: replacing)
            }
            let detail = "not a regular file, and never replaced"
            expectRefusal(
                IOError(.create, "/dev/null", .fileExists, detail: detail), at: "/dev/null", replacing: replacing)
        }
    }

    @Test func unusableFoldersAreNamedByTheFinalPath() throws {
        let missing = folder.path(of: "missing/t.emb")
        expectRefusal(IOError(.create, missing, .noSuchFileOrDirectory), at: missing)
        let inFile = try folder.write([1], to: "file") + "/t.emb"
        expectRefusal(IOError(.stat, inFile, .notDirectory), at: inFile)
        expectRefusal(IOError(.create, "", .noSuchFileOrDirectory), at: "")
        // Nobody creates files here, root neither.
        expectRefusal(IOError(.create, "/proc/self/t.emb", .noSuchFileOrDirectory), at: "/proc/self/t.emb")
    }

    @Test func namesOfTheGreatestLengthWork() throws {
        try withEvery("name", in: [String(repeating: "n", count: 255), String(repeating: "\u{20ac}", count: 85)]) {
            name in
            try AtomicFile(at: folder.path(of: name), replacing: false).commit()
            #expect(folder.names.contains(name))
        }
    }

    @Test func aNameInTheWorkingFolderNeedsNoSlash() throws {
        let fileSystem = FaultyFileSystem()
        try AtomicFile(at: "t", replacing: false, fileSystem: fileSystem).commit()
        #expect(fileSystem.calls.last?.path == ".")
    }

    @Test func leftoversOfAKilledProcessAreStepsAround() throws {
        let fileSystem = FaultyFileSystem()
        try AtomicFile(at: "t", replacing: true, fileSystem: fileSystem).commit()
        let taken = try #require(fileSystem.calls.first { $0.operation == .create }?.path)
        let number = try #require(Int(taken.split(separator: "-")[1].split(separator: ".")[0]))
        // Other tests take numbers at the same time; one of these hundred is next for sure.
        for next in number..<number + 100 { fileSystem.put([9], at: taken.replacing("-\(number).", with: "-\(next).")) }
        try AtomicFile(at: "t", replacing: true, fileSystem: fileSystem).commit()
        #expect(fileSystem.contents(of: "t") == [])
    }

    @Test func aFullDiskSaysSoOfTheFinalPathAndLeavesTheOldFile() throws {
        var faults = Faults()
        faults.capacity = 10_000
        let fileSystem = FaultyFileSystem(faults)
        fileSystem.put([1], at: "/d/t.emb")
        let error = #expect(throws: IOError.self) { try write(20_000, to: "/d/t.emb", fileSystem) }
        #expect(error?.description == "cannot write /d/t.emb: No space left on device (ENOSPC)")
        #expect(fileSystem.paths == ["/d/t.emb"])
        #expect(fileSystem.contents(of: "/d/t.emb") == [1])
    }

    @Test func aFailureOfAnyStepLeavesTheOldFileAndNothingElse() throws {
        let steps: [IOError.Operation] = [.stat, .create, .write, .sync, .close, .rename]
        withEvery("step", in: steps) { step in
            var faults = Faults()
            faults.failure = .init(step, .ioError)
            let fileSystem = FaultyFileSystem(faults)
            fileSystem.put([1], at: "/d/t")
            #expect(throws: IOError(step, "/d/t", .ioError)) { try write(9000, to: "/d/t", fileSystem) }
            #expect(fileSystem.paths == ["/d/t"])
            #expect(fileSystem.contents(of: "/d/t") == [1])
        }
    }

    @Test func aFolderThatCannotBeSyncedIsReportedWithTheFileInPlace() throws {
        var faults = Faults()
        faults.failure = .init(.syncFolder)
        let fileSystem = FaultyFileSystem(faults)
        let detail = "/d/t is in place, but its name may not outlast a power cut"
        #expect(throws: IOError(.syncFolder, "/d", .ioError, detail: detail)) { try write(9, to: "/d/t", fileSystem) }
        #expect(fileSystem.paths == ["/d/t"])
    }

    @Test func afterAFailedWriteEveryCallFails() throws {
        var faults = Faults()
        faults.failure = .init(.write)
        let fileSystem = FaultyFileSystem(faults)
        var file = try AtomicFile(at: "t", replacing: false, fileSystem: fileSystem, writing: 4096)
        let expected = IOError(.write, "t", .ioError)
        #expect(throws: expected) { try file.append([UInt8](repeating: 1, count: 5000)) }
        #expect(throws: expected) { try file.append([1]) }
        #expect(throws: expected) { try file.patch([1], at: 0) }
        #expect(file.commitError() == expected)
        #expect(fileSystem.paths == [])
    }

    private func expectRefusal(_ expected: IOError, at path: String, replacing: Bool = true) {
        #expect(throws: expected) { _ = try AtomicFile(at: path, replacing: replacing) }
    }

    private func write(_ count: Int, to path: String, _ fileSystem: FaultyFileSystem) throws {
        var file = try AtomicFile(at: path, replacing: true, fileSystem: fileSystem, writing: 4096)
        try file.append([UInt8](repeating: 2, count: count))
        try file.commit()
    }
}
