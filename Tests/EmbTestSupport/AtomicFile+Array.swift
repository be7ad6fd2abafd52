public import EmbIO

extension AtomicFile {
    public mutating func append(_ bytes: [UInt8]) throws(IOError) {
        try append(bytes.raw)
    }

    public mutating func patch(_ bytes: [UInt8], at offset: UInt64) throws(IOError) {
        try patch(bytes.raw, at: offset)
    }

    /// What `commit` throws. A closure, such as the one of `#expect(throws:)`, cannot consume what it captures.
    public consuming func commitError() -> IOError? {
        do throws(IOError) { try commit() } catch { return error }
        return nil
    }
}
