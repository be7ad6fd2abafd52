internal import Synchronization

/// What a rotation multiplies by, worked out of its seed: 6 x dim floats at most.
final class RotationFactors: Sendable {
    /// Numbers that a half-round works on: the largest power of two not above dim.
    let width: Int
    private let dim: Int
    /// The factors of all half-rounds that there are, one after the other.
    let all: [Float]

    init(dim: Int, seed: UInt64) {
        let width = 1 << (Int.bitWidth - 1 - dim.leadingZeroBitCount)
        let scale = Float(1 / Double(width).squareRoot())
        let salt = KeyHash.salt(seed: seed, probe: 0)
        all = (0..<6).filter { $0 % 2 == 0 || width < dim }.flatMap { round in
            (0..<width).map { j -> Float in
                let hash = KeyHash.hash(UInt64(round << 32 + j), salt: salt)
                return hash >> 63 == 1 ? -scale : scale
            }
        }
        self.width = width
        self.dim = dim
    }

    var halfRounds: Int { all.count / width }

    /// Where half-round `i` of those that there are begins: they alternate between both ends of the row.
    func start(_ i: Int) -> Int { i % 2 == 0 ? 0 : dim - width }

    /// Where the factors of half-round `i` are in `all`.
    func place(_ i: Int) -> Range<Int> { i * width..<(i + 1) * width }
}

/// Factors made on demand. Threads that come first at the same time may each make them; one set is kept.
final class LazyFactors: Sendable {
    private let made = AtomicLazyReference<RotationFactors>()

    func value(dim: Int, seed: UInt64) -> RotationFactors {
        made.load() ?? made.storeIfNil(RotationFactors(dim: dim, seed: seed))
    }
}
