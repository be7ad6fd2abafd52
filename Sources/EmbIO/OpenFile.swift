/// An open regular file, read and written at stated offsets only.
///
/// Calls may be made from several threads at once; the kernel orders them. None may be under way during `close`.
/// A file that is dropped is closed.
public protocol OpenFile: AnyObject, Sendable {
    /// The path it was opened under, for errors.
    var path: String { get }

    /// Reads into the front of `buffer` from `offset` on and returns how many bytes it got (`pread`).
    ///
    /// May be fewer than asked, on one byte left or a signal; 0 only at or past the end, or for an empty buffer.
    /// Bytes of `buffer` after those are left alone. Most callers want `readFully`.
    func read(into buffer: inout MutableRawSpan, at offset: UInt64) throws(IOError) -> Int

    /// Writes a prefix of `bytes` at `offset` and returns its length (`pwrite`).
    ///
    /// Writing past the end makes the file longer; a gap reads as zeros. May write fewer bytes than given, for
    /// instance on a nearly full disk, where only the next call fails. Most callers want `writeFully`.
    func write(_ bytes: RawSpan, at offset: UInt64) throws(IOError) -> Int

    /// Begins to move these bytes to the device, so that a later `sync` has less to wait for; makes nothing durable.
    ///
    /// Where the system has no such call nothing happens. An error means that bytes cannot reach the device.
    func beginSync(_ range: Range<UInt64>) throws(IOError)

    /// The file's length now (`fstat`).
    func byteCount() throws(IOError) -> UInt64

    /// Returns once the bytes and the length are on the device (`fsync`). The file's name is the folder's business.
    ///
    /// After any failure but `EINTR`, what reached the device is unknown, and a second try may succeed without having
    /// written anything: give the file up.
    func sync() throws(IOError)

    /// Lets go of the file (`close`). Some file systems report a failed write only here. Later calls are `EBADF`;
    /// closing again does nothing.
    func close() throws(IOError)
}
