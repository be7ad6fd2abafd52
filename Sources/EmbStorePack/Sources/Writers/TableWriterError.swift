/// Why a table could not be written.
public enum TableWriterError<Failure: Error>: Error {
    /// The sink failed.
    case sink(Failure)
    /// More or fewer rows were given than declared.
    case rowCountMismatch(found: UInt64, expected: UInt64)
    /// A key has a line feed at an offset, which a text format cannot hold.
    case keyWithLineFeed(row: UInt64, key: String, offset: Int)

    static func call(_ sink: (RawSpan) throws(Failure) -> Void, _ bytes: [UInt8]) throws(Self) {
        do {
            try sink(unsafe bytes.span.bytes)
        } catch {
            throw .sink(error)
        }
    }
}

extension TableWriterError: Sendable where Failure: Sendable {}
extension TableWriterError: Equatable where Failure: Equatable {}
