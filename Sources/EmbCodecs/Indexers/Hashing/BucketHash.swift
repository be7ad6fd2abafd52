/// The hash functions that expressions name (Formats/hashing.md, "Functions by name").
public enum HashName: String, Sendable, CaseIterable {
    case mix, murmur, siphash, modulo, learn
}

/// One function of a family: a bucket for an id.
enum BucketHash: Sendable {
    case mix(salt: UInt64)
    case murmur(UInt64)
    case siphash(UInt64, UInt64)
    case modulo
    /// p is at least 1.
    case learn(a: UInt64, b: UInt64, p: UInt64)

    /// Number `v` of family `u`; `coefficients` for `learn` only.
    init(_ name: HashName, _ u: UInt64, _ v: UInt64, coefficients: ArraySlice<UInt64> = []) {
        switch name {
        case .mix: self = .mix(salt: KeyHash.salt(u, v))
        case .murmur: self = .murmur(u &+ v &* 0x9e37_79b9_7f4a_7c15)
        case .siphash: self = .siphash(u, v)
        case .modulo: self = .modulo
        case .learn:
            let first = coefficients.startIndex
            self = .learn(a: coefficients[first], b: coefficients[first + 1], p: coefficients[first + 2])
        }
    }

    /// The bucket of id `i`, below `n`. n is at least 1.
    func bucket(_ ids: IDs, _ i: Int, _ n: UInt64) -> UInt64 {
        switch self {
        case .mix(let salt): return KeyHash.reduce(KeyHash.hash(ids.key(i), salt: salt), n)
        case .murmur(let number): return KeyHash.murmur(ids.key(i) ^ number) % n
        case .modulo: return ids.key(i) % n
        case .learn(let a, let b, let p): return (ids.key(i) &* a &+ b) % p % n
        case .siphash(let k0, let k1):
            guard ids.kind == .string else { return KeyHash.sipHash(k0, k1, decimal: ids.key(i)) % n }
            return ids.withBytes(i) { KeyHash.sipHash(k0, k1, $0) } % n
        }
    }
}
