internal import Synchronization

/// What a rotation multiplies by, worked out of its seed: 6 x dim floats at most.
final class RotationFactors: Sendable {
    /// Numbers that a half-round works on, and the factors it multiplies by.
    struct HalfRound: Sendable {
        let start: Int
        let factors: [Float]
    }

    let halfRounds: [HalfRound]

    init(dim: Int, seed: UInt64) {
        let span = 1 << (Int.bitWidth - 1 - dim.leadingZeroBitCount)  // the largest power of two not above dim
        let scale = Float(1 / Double(span).squareRoot())
        let salt = KeyHash.salt(seed: seed, probe: 0)
        halfRounds = (0..<6).filter { $0 % 2 == 0 || span < dim }.map { round in
            let factors = (0..<span).map { j -> Float in
                let hash = KeyHash.hash(UInt64(round << 32 + j), salt: salt)
                return hash >> 63 == 1 ? -scale : scale
            }
            return HalfRound(start: round % 2 == 0 ? 0 : dim - span, factors: factors)
        }
    }
}

/// Factors made on demand. Threads that come first at the same time may each make them; one set is kept.
final class LazyFactors: Sendable {
    private let made = AtomicLazyReference<RotationFactors>()

    func value(dim: Int, seed: UInt64) -> RotationFactors {
        made.load() ?? made.storeIfNil(RotationFactors(dim: dim, seed: seed))
    }
}
