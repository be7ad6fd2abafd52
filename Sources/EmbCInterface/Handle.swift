/// Text for C, at one address for as long as it lives.
@safe public final class CText: Sendable {
    public nonisolated(unsafe) let pointer: UnsafePointer<CChar>

    public init(_ text: String) {
        let bytes = text.utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for i in bytes.indices { unsafe copy[i] = bytes[i] }
        unsafe pointer = UnsafePointer(copy)
    }

    deinit { unsafe pointer.deallocate() }
}

/// An object that C holds by a pointer, with a reference count in its stead.
public enum Handle {
    /// Hands a reference to C, which owns it until `release`.
    public static func made(_ object: AnyObject) -> OpaquePointer {
        unsafe OpaquePointer(Unmanaged.passRetained(object).toOpaque())
    }

    /// The object, held by the caller for as long as it uses it; nil of NULL.
    @inlinable
    public static func object<Object: AnyObject>(_ pointer: OpaquePointer?, _ type: Object.Type) -> Object? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe Unmanaged<Object>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }

    /// The same where NULL is refused.
    @inlinable
    public static func object<Object: AnyObject>(
        _ pointer: OpaquePointer?, _ type: Object.Type, _ argument: StaticString
    ) throws(CallError) -> Object {
        guard let object = unsafe object(pointer, type) else { throw .null(argument) }
        return object
    }

    /// One more reference.
    public static func retain(_ pointer: OpaquePointer?) -> OpaquePointer? {
        guard let pointer = unsafe pointer else { return nil }
        _ = unsafe Unmanaged<AnyObject>.fromOpaque(UnsafeRawPointer(pointer)).retain()
        return unsafe pointer
    }

    /// Gives a reference back.
    public static func release(_ pointer: OpaquePointer?) {
        guard let pointer = unsafe pointer else { return }
        unsafe Unmanaged<AnyObject>.fromOpaque(UnsafeRawPointer(pointer)).release()
    }
}
