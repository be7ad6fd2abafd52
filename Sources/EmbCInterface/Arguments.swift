internal import CEmbStore

/// What a caller passes by pointer, checked as far as it can be. Spans are used while the call runs, and the caller keeps
/// its memory that long: convention 5 of embstore.h.
public enum Argument {
    /// A count, which is not negative.
    @inlinable
    public static func count(_ value: Int64, _ argument: StaticString) throws(CallError) -> Int {
        guard value >= 0 else { throw .bad(argument, value, expected: "0 or more") }
        return Int(value)
    }

    /// An array.
    @inlinable
    @_lifetime(immortal)
    public static func elements<Element>(
        _ start: UnsafePointer<Element>?, _ count: Int, _ argument: StaticString
    ) throws(CallError) -> Span<Element> {
        guard unsafe start != nil || count == 0 else { throw .null(argument) }
        let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: start, count: count))
        return unsafe _overrideLifetime(span, copying: ())
    }

    /// An array that is written.
    @inlinable
    @_lifetime(immortal)
    public static func room<Element>(
        _ start: UnsafeMutablePointer<Element>?, _ count: Int, _ argument: StaticString
    ) throws(CallError) -> MutableSpan<Element> {
        guard unsafe start != nil || count == 0 else { throw .null(argument) }
        let span = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(start: start, count: count))
        return unsafe _overrideLifetime(span, copying: ())
    }

    /// A text.
    public static func text(
        _ text: UnsafePointer<CChar>?, _ argument: StaticString
    ) throws(CallError) -> String {
        guard let text = unsafe text else { throw .null(argument) }
        return unsafe String(cString: text)
    }

    /// A text that may be NULL.
    public static func text(_ text: UnsafePointer<CChar>?) -> String? {
        guard let text = unsafe text else { return nil }
        return unsafe String(cString: text)
    }

    /// Writes a text into the caller's memory as far as it fits, and its whole length, as embstore_describe has it.
    public static func write(
        _ text: String, _ out: UnsafeMutablePointer<CChar>?, _ capacity: Int64, _ length: UnsafeMutablePointer<Int64>?
    ) throws(CallError) {
        let capacity = try count(capacity, "capacity")
        guard let length = unsafe length else { throw .null("length") }
        guard unsafe out != nil || capacity == 0 else { throw .null("text") }
        let bytes = text.utf8CString
        unsafe length.pointee = Int64(bytes.count - 1)
        if let out = unsafe out, capacity > 0 {
            for i in 0..<min(capacity, bytes.count) { unsafe out[i] = bytes[i] }
            unsafe out[min(capacity, bytes.count) - 1] = 0
        }
        guard bytes.count <= capacity else {
            throw CallError(EMBSTORE_TOO_SMALL, "capacity is \(capacity), expected at least \(bytes.count)")
        }
    }
}
