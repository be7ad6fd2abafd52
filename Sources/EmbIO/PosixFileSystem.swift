internal import CEmbIO
internal import Glibc
internal import SystemPackage

/// The real file system: one system call per method.
public struct PosixFileSystem: FileSystem {
    public init() {}

    public func openForReading(_ path: String) throws(IOError) -> any OpenFile {
        try openRegularFile(path)
    }

    /// The same for this module, which also needs the descriptor.
    func openRegularFile(_ path: String) throws(IOError) -> PosixFile {
        // Opening a pipe waits for its writer unless told not to; on regular files the flag means nothing.
        let file = try PosixFile(path, flags: O_RDONLY | O_NONBLOCK, operation: .open)
        switch try file.kind() {
        case .regularFile: return file
        case .folder: throw IOError(.open, path, .isDirectory)
        case .other: throw IOError(.open, path, .invalidArgument, detail: "not a regular file")
        }
    }

    public func createFile(_ path: String) throws(IOError) -> any OpenFile {
        try PosixFile(path, flags: O_RDWR | O_CREAT | O_EXCL, operation: .create)
    }

    public func kind(of path: String) throws(IOError) -> FileKind? {
        var status = stat()
        if unsafe stat(path, &status) == 0 { return FileKind(mode: status.st_mode) }
        guard Errno.last == .noSuchFileOrDirectory else { throw IOError(.stat, path, .last) }
        return nil
    }

    public func rename(from: String, to: String, replacing: Bool) throws(IOError) {
        let result = unsafe replacing ? Glibc.rename(from, to) : emb_rename_new(from, to)
        if result == 0 { return }
        let reason = Errno.last
        // EINVAL: a file system without RENAME_NOREPLACE, such as NFS. ENOSYS: a kernel or sandbox without the call.
        if !replacing && (reason == .invalidArgument || reason == .noFunction) {
            return try renameByLinking(from: from, to: to)
        }
        throw IOError(.rename, to, reason)
    }

    /// `rename` without replacing where the kernel has no call for it: a second name, then the first one away.
    ///
    /// `link` refuses a taken name by itself, so nobody's file can be lost. A crash between the two steps leaves both
    /// names. A file system without hard links either is an error: looking first and renaming then would be a race.
    package func renameByLinking(from: String, to: String) throws(IOError) {
        guard unsafe link(from, to) == 0 else { throw IOError(.rename, to, .last) }
        try remove(from)
    }

    public func remove(_ path: String) throws(IOError) {
        guard unsafe unlink(path) == 0 else { throw IOError(.remove, path, .last) }
    }

    public func syncFolder(_ path: String) throws(IOError) {
        let folder = try PosixFile(path, flags: O_RDONLY | O_DIRECTORY, operation: .syncFolder)
        guard fsync(folder.descriptor) != 0 && Errno.last != .invalidArgument else { return }
        throw IOError(.syncFolder, path, .last)
    }
}
