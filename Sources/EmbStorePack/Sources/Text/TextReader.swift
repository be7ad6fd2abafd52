/// A window that slides over a file from its beginning to its end.
///
/// The buffer is as long as the longest line may be. Ranges are positions in the buffer and hold until the next call.
final class TextReader {
    let file: any ByteSource
    /// The bytes in the buffer that were not consumed yet.
    private(set) var unread = 0..<0
    /// Line feeds consumed so far.
    private(set) var linesRead: UInt64 = 0
    private let buffer: FixedBuffer<UInt8>
    /// The file offset of the first byte in the buffer.
    private var base: UInt64

    /// Starts at an offset, where `line` lines have passed.
    init(_ file: any ByteSource, at offset: UInt64 = 0, line: UInt64 = 0) {
        self.file = file
        base = offset
        linesRead = line
        buffer = FixedBuffer(count: Int(min(UInt64(SourceLimits.lineBytes), max(1, file.byteCount))))
    }

    /// The file offset of the first unread byte.
    var offset: UInt64 { base + UInt64(unread.lowerBound) }

    /// The bytes of a range.
    @_lifetime(borrow self)
    func bytes(_ range: Range<Int>) -> Span<UInt8> { buffer.span(range, heldBy: self) }

    /// The bytes of a range, for an object that keeps this reader.
    @_lifetime(borrow holder)
    func bytes<Holder: AnyObject>(_ range: Range<Int>, heldBy holder: borrowing Holder) -> Span<UInt8> {
        buffer.span(range, heldBy: holder)
    }

    /// The byte at a position among the unread ones.
    @inline(__always)
    func byte(_ position: Int) -> UInt8 { buffer[unread.lowerBound + position] }

    /// The next line without its end, or nil at the end of the file. A last line may lack its line feed.
    func nextLine() throws(SourceError) -> TextLine? {
        var searched = 0
        while true {
            let rest = unread.lowerBound + searched..<unread.upperBound
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n"), in: rest) {
                return take(unread.lowerBound..<end, consuming: end + 1 - unread.lowerBound)
            }
            searched = unread.count
            if try !extend() { return unread.isEmpty ? nil : take(unread, consuming: unread.count) }
        }
    }

    /// Consumes bytes that held `lines` line feeds.
    func consume(_ count: Int, lines: UInt64) {
        precondition(count <= unread.count)
        unread = unread.lowerBound + count..<unread.upperBound
        linesRead += lines
    }

    /// Makes more bytes unread, which may move them to the front of the buffer; false at the end of the file.
    func extend() throws(SourceError) -> Bool {
        if unread.count == buffer.count, base + UInt64(buffer.count) < file.byteCount {
            throw .tooLarge(
                file: file.name, what: "line \(linesRead + 1) (byte \(offset))", found: UInt64(buffer.count) + 1,
                limit: UInt64(buffer.count))
        }
        base = offset
        buffer.moveToFront(unread)
        unread = 0..<unread.count
        var room = buffer.mutableBytes(unread.upperBound..<buffer.count, heldBy: self)
        let count = try file.read(at: base + UInt64(unread.count), into: &room)
        unread = 0..<unread.upperBound + count
        let end = base + UInt64(unread.count)
        if count == 0, end < file.byteCount {
            throw .truncated(file: file.name, what: "text", offset: end, needed: file.byteCount - end, found: 0)
        }
        return count > 0
    }

    private func take(_ range: Range<Int>, consuming count: Int) -> TextLine {
        let isCRLF = !range.isEmpty && buffer[range.upperBound - 1] == UInt8(ascii: "\r")
        let line = TextLine(
            number: linesRead + 1, offset: offset, range: range.lowerBound..<range.upperBound - (isCRLF ? 1 : 0))
        consume(count, lines: 1)
        return line
    }
}
