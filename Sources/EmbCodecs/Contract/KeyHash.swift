internal import EmbFormat

/// The hash functions of Formats/hashing.md.
public enum KeyHash {
    /// The finalizer of splitmix64: a bijection.
    @inlinable
    public static func mix(_ key: UInt64) -> UInt64 {
        var z = key
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// The salt of probe `probe` under `seed`.
    @inlinable
    public static func salt(seed: UInt64, probe: Int) -> UInt64 {
        mix(seed &+ (UInt64(probe) &+ 1) &* 0x9e37_79b9_7f4a_7c15)
    }

    /// The hash of a key under a salt, anywhere in 64 bits.
    @inlinable
    public static func hash(_ key: UInt64, salt: UInt64) -> UInt64 { mix(key &+ salt) }

    /// `hash` scaled to 0 ..< n; 0 if n is 0.
    @inlinable
    public static func reduce(_ hash: UInt64, _ n: UInt64) -> UInt64 { hash.multipliedFullWidth(by: n).high }

    /// The salt of number `v` of the family `u`: `salt(seed:probe:)` for numbers that are no probes.
    static func salt(_ u: UInt64, _ v: UInt64) -> UInt64 { mix(u &+ (v &+ 1) &* 0x9e37_79b9_7f4a_7c15) }

    /// The key of a string's bytes.
    public static func key(_ bytes: RawSpan) -> UInt64 { Checksum.xxh3(bytes) }
}
