import EmbIO
import EmbTestSupport
internal import Glibc
import SystemPackage
import Testing

struct PosixFileSystemTests {
    let folder: TemporaryFolder
    let fileSystem = PosixFileSystem()

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func createdFilesReadBackWhatWasWrittenAnywhere() throws {
        let file = try fileSystem.createFile(folder.path(of: "t"))
        #expect(try file.write([1, 2, 3].raw, at: 4) == 3)
        #expect(try file.byteCount() == 7)
        try file.beginSync(4..<7)
        try file.sync()
        try file.close()
        #expect(try folder.read("t") == [0, 0, 0, 0, 1, 2, 3])
    }

    @Test func createdFilesGetTheModeThatTheUmaskLeaves() throws {
        let file = try fileSystem.createFile(folder.path(of: "t"))
        let mask = umask(0)
        umask(mask)
        var status = stat()
        unsafe stat(file.path, &status)
        #expect(status.st_mode & 0o777 == 0o666 & ~mask)
    }

    @Test func createRefusesATakenName() throws {
        let path = try folder.write([], to: "t")
        #expect(throws: IOError(.create, path, .fileExists)) { try fileSystem.createFile(path) }
    }

    @Test func readsStopAtTheEnd() throws {
        let file = try fileSystem.openForReading(folder.write([1, 2, 3], to: "t"))
        var bytes = [UInt8](repeating: 9, count: 4)
        #expect(try read(file, into: &bytes, at: 1) == 2)
        #expect(bytes == [2, 3, 9, 9])
        #expect(try read(file, into: &bytes, at: 3) == 0)
        #expect(throws: IOError.self) { try read(file, into: &bytes, at: .max) }
    }

    @Test func onlyRegularFilesOpen() throws {
        let pipe = try folder.makePipe("pipe")
        let detail = "not a regular file"
        #expect(throws: IOError(.open, pipe, .invalidArgument, detail: detail)) { try fileSystem.openForReading(pipe) }
        #expect(throws: IOError(.open, folder.path, .isDirectory)) { try fileSystem.openForReading(folder.path) }
        let missing = folder.path(of: "missing")
        #expect(throws: IOError(.open, missing, .noSuchFileOrDirectory)) { try fileSystem.openForReading(missing) }
    }

    @Test func kindTellsWhatIsThere() throws {
        let file = try folder.write([1], to: "t")
        #expect(try fileSystem.kind(of: file) == .regularFile)
        #expect(try fileSystem.kind(of: folder.path) == .folder)
        #expect(try fileSystem.kind(of: "/dev/null") == .other)
        #expect(try fileSystem.kind(of: folder.path(of: "missing")) == nil)
        #expect(throws: IOError(.stat, "\(file)/t", .notDirectory)) { try fileSystem.kind(of: "\(file)/t") }
    }

    @Test func closedFilesAreRefusedAndCloseTwice() throws {
        let file = try fileSystem.openForReading(folder.write([1], to: "t"))
        try file.close()
        try file.close()
        #expect(throws: IOError(.stat, file.path, .badFileDescriptor)) { try file.byteCount() }
        #expect(throws: IOError(.sync, file.path, .badFileDescriptor)) { try file.sync() }
    }

    @Test func renameReplacesOnlyWhenTold() throws {
        let (from, to) = (try folder.write([1], to: "from"), try folder.write([2], to: "to"))
        #expect(throws: IOError(.rename, to, .fileExists)) {
            try fileSystem.rename(from: from, to: to, replacing: false)
        }
        #expect(try folder.read("to") == [2])
        try fileSystem.rename(from: from, to: to, replacing: true)
        #expect(try folder.read("to") == [1])
        try fileSystem.rename(from: to, to: from, replacing: false)
        #expect(folder.names == ["from"])
    }

    @Test func renamingByLinkingIsRenamingWithoutReplacing() throws {
        let (from, to) = (try folder.write([1], to: "from"), try folder.write([2], to: "to"))
        #expect(throws: IOError(.rename, to, .fileExists)) { try fileSystem.renameByLinking(from: from, to: to) }
        #expect(folder.names == ["from", "to"])
        try fileSystem.remove(to)
        try fileSystem.renameByLinking(from: from, to: to)
        #expect(folder.names == ["to"])
        #expect(try folder.read("to") == [1])
    }

    @Test func removeAndSyncFolderNameWhatIsMissing() throws {
        let missing = folder.path(of: "missing")
        try fileSystem.syncFolder(folder.path)
        #expect(throws: IOError(.syncFolder, missing, .noSuchFileOrDirectory)) { try fileSystem.syncFolder(missing) }
        #expect(throws: IOError(.remove, missing, .noSuchFileOrDirectory)) { try fileSystem.remove(missing) }
    }

    @Test func foldersThatCannotBeSyncedNeedNoSync() throws {
        try fileSystem.syncFolder("/proc")
    }

    private func read(_ file: any OpenFile, into bytes: inout [UInt8], at offset: UInt64) throws -> Int {
        var span = bytes.mutableSpan
        var raw = unsafe span.mutableBytes
        return try file.read(into: &raw, at: offset)
    }
}
