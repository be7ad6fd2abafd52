public import CEmbStore

/// Why a call from C failed: what its status, its message and its position say.
public struct CallError: Error {
    public let status: embstore_status
    public let message: String
    /// In the arrays of the call; -1 if that says nothing.
    public let position: Int

    public init(_ status: Int, _ message: String, position: Int = -1) {
        self.status = embstore_status(status)
        self.message = message
        self.position = position
    }

    /// An argument that is NULL and may not be.
    public static func null(_ argument: StaticString) -> CallError {
        CallError(EMBSTORE_NULL_ARGUMENT, "\(argument) is NULL")
    }

    /// A number that stands for nothing.
    public static func bad(_ argument: StaticString, _ found: some BinaryInteger, expected: String) -> CallError {
        CallError(EMBSTORE_BAD_ARGUMENT, "\(argument) is \(found), expected \(expected)")
    }

    /// Makes this the calling thread's last error.
    @usableFromInline
    func keep() {
        var message = message
        message.withUTF8 { text in
            let start = unsafe UnsafeRawPointer(text.baseAddress)
            unsafe emb_c_set_error(start?.assumingMemoryBound(to: CChar.self), text.count, Int64(position))
        }
    }
}

/// Runs the body of a call, keeps what it throws as the thread's last error, and tells the status.
@inlinable
public func status(_ body: () throws(CallError) -> Void) -> embstore_status {
    do throws(CallError) {
        try body()
        return embstore_status(EMBSTORE_OK)
    } catch {
        error.keep()
        return error.status
    }
}
