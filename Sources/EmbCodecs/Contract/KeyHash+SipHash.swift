extension KeyHash {
    /// The 64-bit finalizer of MurmurHash3.
    @inlinable
    public static func murmur(_ key: UInt64) -> UInt64 {
        var z = key
        z = (z ^ (z >> 33)) &* 0xff51_afd7_ed55_8ccd
        z = (z ^ (z >> 33)) &* 0xc4ce_b9fe_1a85_ec53
        return z ^ (z >> 33)
    }

    /// -1 or 1, independent of every bucket (Formats/hashing.md).
    public static func sign(_ u: UInt64, _ v: UInt64, key: UInt64) -> Float {
        let salt = salt(u, v &+ (1 << 32))
        return hash(key, salt: salt) >> 63 == 1 ? -1 : 1
    }

    /// SipHash-2-4 of a run of bytes.
    static func sipHash(_ k0: UInt64, _ k1: UInt64, _ bytes: RawSpan) -> UInt64 {
        var state = SipState(k0, k1)
        let whole = bytes.byteCount / 8 * 8
        for offset in stride(from: 0, to: whole, by: 8) {
            state.take(UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)))
        }
        var last = UInt64(truncatingIfNeeded: bytes.byteCount) << 56
        for i in whole..<bytes.byteCount {
            last |= UInt64(unsafe bytes.unsafeLoad(fromByteOffset: i, as: UInt8.self)) << UInt64(8 * (i - whole))
        }
        state.take(last)
        return state.finish()
    }

    /// SipHash-2-4 of a key as decimal text, as TensorFlow hashes integers.
    static func sipHash(_ k0: UInt64, _ k1: UInt64, decimal key: UInt64) -> UInt64 {
        let signed = Int64(bitPattern: key)
        var digits = InlineArray<24, UInt8>(repeating: 0)
        var start = digits.count
        var left = signed.magnitude
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: left % 10)
            left /= 10
        } while left > 0
        if signed < 0 {
            start -= 1
            digits[start] = UInt8(ascii: "-")
        }
        return unsafe sipHash(k0, k1, digits.span.extracting(droppingFirst: start).bytes)
    }
}

/// The four words of SipHash.
private struct SipState {
    private var v0, v1, v2, v3: UInt64

    init(_ k0: UInt64, _ k1: UInt64) {
        v0 = k0 ^ 0x736f_6d65_7073_6575
        v1 = k1 ^ 0x646f_7261_6e64_6f6d
        v2 = k0 ^ 0x6c79_6765_6e65_7261
        v3 = k1 ^ 0x7465_6462_7974_6573
    }

    mutating func take(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    mutating func finish() -> UInt64 {
        v2 ^= 0xff
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    private mutating func round() {
        v0 &+= v1
        v1 = Self.rotate(v1, 13) ^ v0
        v0 = Self.rotate(v0, 32)
        v2 &+= v3
        v3 = Self.rotate(v3, 16) ^ v2
        v0 &+= v3
        v3 = Self.rotate(v3, 21) ^ v0
        v2 &+= v1
        v1 = Self.rotate(v1, 17) ^ v2
        v2 = Self.rotate(v2, 32)
    }

    private static func rotate(_ word: UInt64, _ by: UInt64) -> UInt64 { word << by | word >> (64 - by) }
}
