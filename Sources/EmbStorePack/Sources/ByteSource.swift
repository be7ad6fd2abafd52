/// Bytes that a table is read from: a whole file or a member of an archive.
protocol ByteSource: AnyObject {
    /// The name used in messages.
    var name: String { get }
    var byteCount: UInt64 { get }
    /// Whether reads may go anywhere at no cost. Otherwise to go back is to decompress from the start.
    var isSeekable: Bool { get }

    /// Reads until `bytes` is full or the end is reached, and tells how many bytes were read.
    func read(at offset: UInt64, into bytes: inout MutableRawSpan) throws(SourceError) -> Int
}

extension ByteSource {
    /// Fills `bytes`; a shorter file is an error that says what was wanted of it.
    func readFully(at offset: UInt64, into bytes: inout MutableRawSpan, what: String) throws(SourceError) {
        let needed = bytes.byteCount
        let found = try read(at: offset, into: &bytes)
        guard found == needed else {
            throw .truncated(file: name, what: what, offset: offset, needed: UInt64(needed), found: UInt64(found))
        }
    }

    /// Up to `limit` bytes from `offset`, for headers. The allocation never exceeds what the file has left.
    func prefix(at offset: UInt64 = 0, limit: Int) throws(SourceError) -> [UInt8] {
        let left = offset < byteCount ? byteCount - offset : 0
        var bytes = [UInt8](repeating: 0, count: Int(min(UInt64(limit), left)))
        var span = bytes.mutableSpan
        var room = unsafe span.mutableBytes
        let found = try read(at: offset, into: &room)
        bytes.removeLast(bytes.count - found)
        return bytes
    }

    /// Exactly `count` bytes from `offset`.
    func bytes(at offset: UInt64, count: Int, what: String) throws(SourceError) -> [UInt8] {
        let found = try prefix(at: offset, limit: count)
        guard found.count == count else {
            let (needed, found) = (UInt64(count), UInt64(found.count))
            throw .truncated(file: name, what: what, offset: offset, needed: needed, found: found)
        }
        return found
    }
}
