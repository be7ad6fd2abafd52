internal import Glibc
internal import Synchronization
internal import SystemPackage

/// The file that `AtomicFile` writes to: created beside its target, and removed unless it took the target's place.
struct TemporaryFile: ~Copyable, Sendable {
    private let target: String
    private let folder: String
    private let path: String
    private let fileSystem: any FileSystem
    private let file: any OpenFile
    private var isPublished = false

    init(for target: String, in fileSystem: any FileSystem) throws(IOError) {
        let final = FilePath(target)
        guard let name = final.lastComponent?.string else { throw IOError(.create, target, .noSuchFileOrDirectory) }
        let folder = final.removingLastComponent()
        (path, file) = try TemporaryFile.create(in: folder, for: name, target, fileSystem)
        self.target = target
        self.folder = folder.isEmpty ? "." : folder.string
        self.fileSystem = fileSystem
    }

    deinit {
        if isPublished { return }
        // Nothing to be told about a file that is being given up.
        try? file.close()
        try? fileSystem.remove(path)
        UnfinishedFiles.forget(path)
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(IOError) {
        try naming(target) { () throws(IOError) in try file.writeFully(bytes, at: offset) }
    }

    func beginSync(_ range: Range<UInt64>) throws(IOError) {
        try naming(target) { () throws(IOError) in
            try retryingInterrupts { () throws(IOError) in try file.beginSync(range) }
        }
    }

    /// The order is the whole point: bytes durable, then the name, then the name durable.
    mutating func publish(replacing: Bool) throws(IOError) {
        try naming(target) { () throws(IOError) in
            try retryingInterrupts { () throws(IOError) in try file.sync() }
            try file.close()
            try fileSystem.rename(from: path, to: target, replacing: replacing)
        }
        isPublished = true
        UnfinishedFiles.forget(path)
        try syncFolder()
    }

    private func syncFolder() throws(IOError) {
        do throws(IOError) {
            try retryingInterrupts { () throws(IOError) in try fileSystem.syncFolder(folder) }
        } catch {
            let state = "\(target) is in place, but its name may not outlast a power cut"
            throw IOError(.syncFolder, folder, error.errno, detail: state)
        }
    }
}

extension TemporaryFile {
    /// Numbers the temporary files of this process.
    private static let counter = Atomic<UInt64>(0)

    private static func create(
        in folder: FilePath, for name: String, _ target: String, _ fileSystem: any FileSystem
    ) throws(IOError) -> (String, any OpenFile) {
        while true {
            let number = counter.add(1, ordering: .relaxed).oldValue
            let path = folder.appending(".\(stem(of: name)).\(getpid())-\(number).embtmp").string
            do throws(IOError) {
                return (path, try UnfinishedFiles.create(path, in: fileSystem))
            } catch  where error.errno == .fileExists {
                // Left by a killed process that had our number, as in containers, where every process is number 1.
                // It may not be ours to remove. Each try takes a new counter, so this ends.
                continue
            } catch {
                throw error.renamed(to: target)
            }
        }
    }

    /// As much of the name as leaves room for what is put around it in the 255 bytes that file systems allow.
    private static func stem(of name: String) -> String {
        name.utf8.count <= 200 ? name : String(decoding: name.utf8.prefix(200), as: UTF8.self)
    }
}

/// Runs calls on a temporary file and tells their failures of the path the user knows.
private func naming(_ path: String, _ calls: () throws(IOError) -> Void) throws(IOError) {
    do throws(IOError) { try calls() } catch { throw error.renamed(to: path) }
}
