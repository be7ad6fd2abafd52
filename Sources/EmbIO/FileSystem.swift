internal import SystemPackage

/// The one seam for faults: every system call that writing a file, or reading one without a mapping, makes.
///
/// `PosixFileSystem` is the real one; tests put in one that fails on demand. An implementation does what one call
/// does and no more: it may be interrupted (`EINTR`) and may transfer less than it was asked to. What is the same for
/// all of them (`readFully`, `writeFully`, `retryingInterrupts`) is written once, above the seam.
///
/// All methods may be called from any thread.
public protocol FileSystem: Sendable {
    /// Opens an existing regular file for reading (`open` with `O_RDONLY`).
    ///
    /// Anything that is not a regular file is refused, and without waiting for a pipe's other end.
    func openForReading(_ path: String) throws(IOError) -> any OpenFile

    /// Creates a file that must not exist yet and opens it for reading and writing (`O_CREAT | O_EXCL`).
    ///
    /// Its mode is 0666 less the process's umask. A name already taken, be it by a dangling symbolic link, is `EEXIST`.
    func createFile(_ path: String) throws(IOError) -> any OpenFile

    /// What stands at `path`, or `nil` if nothing does (`stat`). A file where a folder should be is `ENOTDIR`.
    func kind(of path: String) throws(IOError) -> FileKind?

    /// Gives the file at `from` the name `to`, in the same file system, in one step: at every moment, and after a
    /// crash, `to` is the old file or the new one.
    ///
    /// If `replacing`, a file at `to` loses its name but lives on in whoever holds it open or mapped; otherwise a name
    /// already taken is `EEXIST` and nothing changes. Durable only after `syncFolder`. Errors carry the path `to`.
    func rename(from: String, to: String, replacing: Bool) throws(IOError)

    /// Takes away a file's name (`unlink`). No file of that name is `ENOENT`.
    func remove(_ path: String) throws(IOError)

    /// Makes the names in a folder durable (`fsync` on it). File systems that cannot do so (`EINVAL`) have nothing to
    /// make durable, and succeed.
    func syncFolder(_ path: String) throws(IOError)
}

/// Repeats a call for as long as a signal interrupts it.
///
/// For the calls that do nothing when they fail with `EINTR`: opening, transfers, syncs. Never for `close`, which on
/// Linux has let go of the descriptor all the same.
package func retryingInterrupts<Result>(_ call: () throws(IOError) -> Result) throws(IOError) -> Result {
    while true {
        do throws(IOError) { return try call() } catch  where error.errno == .interrupted { continue }
    }
}
