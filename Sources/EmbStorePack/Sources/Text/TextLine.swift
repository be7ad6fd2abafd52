/// A line in a reader's buffer.
struct TextLine {
    /// From 1.
    let number: UInt64
    /// The file offset of its first byte.
    let offset: UInt64
    /// Its bytes in the buffer, without CR and LF.
    let range: Range<Int>
}
