/// One line of the hash table (Formats/indexers/keyed.md, "Layout"), by value.
struct KeyBucket {
    static let byteCount = 64
    static let slots = 12
    static let fingerprintOffset = 48
    static let usedOffset = 60
    static let overflowedOffset = 61

    private let rows: InlineArray<12, UInt32>
    /// The bytes from the fingerprints on, the first lowest.
    private let tail: UInt128

    /// The bucket at byte `offset` of `bytes`.
    init(_ bytes: RawSpan, at offset: Int = 0) {
        let line = bytes.extracting(offset..<offset + Self.byteCount)
        rows = unsafe line.unsafeLoadUnaligned(as: InlineArray<12, UInt32>.self)
        let tail = unsafe line.unsafeLoadUnaligned(fromByteOffset: Self.fingerprintOffset, as: UInt128.self)
        self.tail = UInt128(littleEndian: tail)
    }

    /// Slots in use, as written.
    var used: UInt8 { UInt8(truncatingIfNeeded: tail >> 96) }
    var overflowed: UInt8 { UInt8(truncatingIfNeeded: tail >> 104) }
    /// What follows, which is zero.
    var reserved: UInt16 { UInt16(truncatingIfNeeded: tail >> 112) }

    func row(_ slot: Int) -> UInt32 { UInt32(littleEndian: rows[slot]) }
    func fingerprint(_ slot: Int) -> UInt8 { UInt8(truncatingIfNeeded: tail >> UInt128(8 * slot)) }

    /// The slots in use whose fingerprint is that of `hash`.
    func slots(of hash: UInt64) -> Slots {
        let ones: UInt128 = 0x0101_0101_0101_0101_0101_0101
        let difference = tail ^ (ones * UInt128(UInt8(truncatingIfNeeded: hash)))
        // The top bit of each byte that is zero, and of no other: no carry leaves a byte.
        let nonzero = ((difference & (ones * 0x7F)) + ones * 0x7F) | difference
        let inUse = (UInt128(1) << UInt128(8 * min(Int(used), Self.slots))) - 1
        return Slots(marks: ~nonzero & (ones * 0x80) & inUse)
    }

    /// Slots in ascending order.
    struct Slots: Sequence, IteratorProtocol {
        fileprivate var marks: UInt128

        mutating func next() -> Int? {
            guard marks != 0 else { return nil }
            defer { marks &= marks - 1 }
            return marks.trailingZeroBitCount / 8
        }
    }
}
