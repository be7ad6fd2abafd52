internal import Glibc

/// A random generator that repeats: the same seed gives the same numbers everywhere.
///
/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (2014).
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    /// A generator for one test, drawn from the run's seed and the test's name.
    ///
    /// The run's seed is random, and printed. `EMBSTORE_TEST_SEED=...` repeats a run, whichever tests it selects.
    public static func forTest(_ name: String = #function) -> SplitMix64 {
        // FNV-1a, because Swift's own hashes differ from run to run.
        let hash = name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return SplitMix64(seed: runSeed ^ hash)
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    public mutating func bytes(_ count: Int) -> [UInt8] {
        let words = (0..<(count + 7) / 8).map { _ in next() }
        return unsafe words.withUnsafeBytes { unsafe Array($0.prefix(count)) }
    }

    private static let runSeed: UInt64 = {
        let given = unsafe getenv("EMBSTORE_TEST_SEED").flatMap { unsafe UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("Test seed \(seed); EMBSTORE_TEST_SEED=\(seed) repeats this run.")
        return seed
    }()
}
