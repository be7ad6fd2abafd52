internal import CEmbStore

/// Structs that begin with their size in the calling program: conventions 8 and 9 of embstore.h.
public enum SizedStruct {
    /// No struct will ever be larger, so what says so is not one.
    private static let limit = 4096

    /// The caller's options in this library's size: `defaults`, over which the fields that the caller knows are laid.
    ///
    /// - Parameter first: The struct's size in the first version that had it.
    @inlinable
    public static func read<Options: BitwiseCopyable>(
        _ given: UnsafePointer<Options>?, _ defaults: @autoclosure () -> Options, first: Int, _ argument: StaticString
    ) throws(CallError) -> Options {
        guard let given = unsafe given else { return defaults() }
        let size = unsafe UnsafeRawPointer(given).load(as: UInt32.self)
        if Int(size) == MemoryLayout<Options>.size { return unsafe given.pointee }
        return try unsafe readOther(given, defaults(), first: first, argument)
    }

    /// The same of another size than this library's.
    @usableFromInline
    static func readOther<Options: BitwiseCopyable>(
        _ given: UnsafePointer<Options>, _ defaults: Options, first: Int, _ argument: StaticString
    ) throws(CallError) -> Options {
        let bytes = unsafe UnsafeRawPointer(given)
        let (size, known) = unsafe (Int(bytes.load(as: UInt32.self)), MemoryLayout<Options>.size)
        try check(size, first, known, argument)
        for place in known..<max(size, known) where unsafe bytes.load(fromByteOffset: place, as: UInt8.self) != 0 {
            throw CallError(
                EMBSTORE_BAD_STRUCT, "\(argument): byte \(place) is not 0, and this library knows \(known) bytes",
                position: place)
        }
        var result = defaults
        unsafe withUnsafeMutableBytes(of: &result) { room in
            unsafe room.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: min(size, known)))
        }
        return result
    }

    /// Fills a struct whose size the caller has set: so many bytes, 0 in those that this library does not know.
    public static func fill<Fields: BitwiseCopyable>(
        _ out: UnsafeMutablePointer<Fields>?, _ fields: Fields, first: Int, _ argument: StaticString
    ) throws(CallError) {
        guard let out = unsafe out else { throw .null(argument) }
        let bytes = UnsafeMutableRawPointer(out)
        let size = unsafe bytes.load(as: UInt32.self)
        try check(Int(size), first, MemoryLayout<Fields>.size, argument)
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: Int(size))
        unsafe withUnsafeBytes(of: fields) { known in
            unsafe bytes.copyMemory(from: known.baseAddress!, byteCount: min(Int(size), known.count))
        }
        unsafe bytes.storeBytes(of: size, as: UInt32.self)
    }

    private static func check(_ size: Int, _ first: Int, _ known: Int, _ argument: StaticString) throws(CallError) {
        guard size >= first, size <= limit else {
            throw CallError(EMBSTORE_BAD_STRUCT, "\(argument).struct_size is \(size), expected \(known)")
        }
    }
}
