/// Why a source was refused.
///
/// Every case names the file (or `file:tensor`), the field and its place, and both what was found and what was
/// expected.
public enum SourceError: Error, Sendable, Equatable {
    /// The file cannot be opened.
    case cannotOpen(file: String, reason: String)
    /// The system failed to read at an offset.
    case readFailed(file: String, offset: UInt64, reason: String)
    /// The path leads to a folder, a pipe or a device; sources are read twice and need a file.
    case notAFile(file: String, found: String)
    /// The file ends too early.
    case truncated(file: String, what: String, offset: UInt64, needed: UInt64, found: UInt64)
    /// The file goes on after its last row.
    case trailingBytes(file: String, offset: UInt64, count: UInt64)
    /// Stored bytes contradict their checksum or cannot be decompressed.
    case corrupt(file: String, offset: UInt64, reason: String)
    /// A header field is not what the format asks for.
    case badHeader(file: String, field: String, offset: UInt64, found: String, expected: String)
    /// The element type is not one that a table is made of.
    case unsupportedType(file: String, found: String, expected: String)
    /// The values are there, but in a form that cannot be streamed.
    case unsupportedLayout(file: String, found: String, advice: String)
    /// The content is another program's format.
    case foreignFormat(file: String, found: String, advice: String)
    /// The content looks like nothing known.
    case unknownFormat(file: String, found: String, expected: String)
    /// The array has not two dimensions, or there is no table in the file at all.
    case notATable(file: String, found: String, expected: String)
    /// The file has no tensor or member of that name.
    case noSuchTensor(file: String, wanted: String, available: [String])
    /// The file has no column of that name or number.
    case noSuchColumn(file: String, wanted: String, available: [String])
    /// A name occurs twice where it must be unique.
    case duplicateName(file: String, what: String, name: String)
    /// A tensor's byte range overlaps another, leaves a hole, or has not the size of its shape.
    case badRange(file: String, found: String, expected: String)
    /// A shard named by an index is missing or lacks the tensor.
    case missingShard(file: String, tensor: String, shard: String, reason: String)
    /// A line has too few or too many fields.
    case wrongFieldCount(file: String, line: UInt64, offset: UInt64, found: Int, expected: Int)
    /// A field is not a number. Fields of text count from 0, the key's included; messages count from 1, as lines do.
    case badNumber(file: String, place: SourcePlace, offset: UInt64, field: Int, found: String)
    /// A finite number is beyond the range of `Float`.
    case numberOverflow(file: String, place: SourcePlace, column: Int, found: String)
    /// A quotation mark stands where RFC 4180 has none, or is missing.
    case badQuote(file: String, line: UInt64, offset: UInt64, found: String, expected: String)
    /// A key is not of the kind asked for.
    case badKey(file: String, place: SourcePlace, found: String, expected: String)
    /// A key is longer than the limit.
    case keyTooLong(file: String, place: SourcePlace, found: UInt64, limit: UInt64)
    /// A size is beyond its limit.
    case tooLarge(file: String, what: String, found: UInt64, limit: UInt64)
    /// The number of rows is not the one declared.
    case rowCountMismatch(file: String, found: UInt64, expected: UInt64, declaredBy: String)
    /// An option does not go with the file.
    case badOption(file: String, option: String, found: String, expected: String)
}
