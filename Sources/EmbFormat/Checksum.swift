internal import CXXHash

/// XXH3-64 with seed 0, the checksum of every part of a file (Formats/hashing.md).
public enum Checksum {
    /// Of a run of bytes. No allocation.
    public static func xxh3(_ bytes: RawSpan) -> UInt64 {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe XXH3_64bits(buffer.baseAddress, buffer.count)
        }
    }

    /// The 128-bit variant, for telling contents apart where nothing is compared afterwards.
    public static func xxh3Wide(_ bytes: RawSpan) -> (low: UInt64, high: UInt64) {
        unsafe bytes.withUnsafeBytes { buffer in
            let hash = unsafe XXH3_128bits(buffer.baseAddress, buffer.count)
            return (hash.low64, hash.high64)
        }
    }

    /// Of an array of bytes.
    public static func xxh3(_ bytes: [UInt8]) -> UInt64 { unsafe xxh3(bytes.span.bytes) }
}

/// The same checksum over bytes that arrive in pieces.
@safe public final class StreamingChecksum {
    private let state: OpaquePointer

    public init() {
        unsafe state = XXH3_createState()
        unsafe XXH3_64bits_reset(state)
    }

    deinit { unsafe XXH3_freeState(state) }

    public func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { buffer in
            _ = unsafe XXH3_64bits_update(state, buffer.baseAddress, buffer.count)
        }
    }

    /// Of everything so far; more may follow.
    public var value: UInt64 { unsafe XXH3_64bits_digest(state) }
}
