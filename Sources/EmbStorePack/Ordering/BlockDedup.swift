internal import EmbCodecs
internal import EmbFormat

/// Finds the blocks of rows that are stored, and for every block of a table which of them stands for it
/// (Formats/indexers/dedup.md, "Packing").
struct BlockDedup {
    private let stage: Dedup
    private let values: [Float]
    private let blockNumbers: Int
    private let blockCount: Int
    /// The stored block of each block, and the block that each stored one is.
    private(set) var blocks: [UInt32] = []
    private(set) var kept: [Int] = []

    /// Signatures of a block, the numbers that one looks at, and the kept blocks of one that are looked at.
    private static let signatures = 32, places = 3, candidates = 8

    init(_ stage: Dedup, _ values: [Float], dim: Int) {
        self.stage = stage
        self.values = values
        blockNumbers = Int(stage.blockRows) * dim
        blockCount = (values.count + blockNumbers - 1) / max(blockNumbers, 1)
        if stage.tolerance.value == 0, stage.share.value == 1 { findEqual() } else { findSimilar() }
    }

    private func numbers(_ block: Int) -> ArraySlice<Float> {
        values[block * blockNumbers..<min((block + 1) * blockNumbers, values.count)]
    }

    private func isWhole(_ block: Int) -> Bool { (block + 1) * blockNumbers <= values.count }

    private mutating func keep(_ block: Int) {
        blocks.append(UInt32(kept.count))
        kept.append(block)
    }

    private struct Hash: Hashable { let low, high: UInt64 }

    private mutating func findEqual() {
        var seen: [Hash: UInt32] = [:]
        for block in 0..<blockCount {
            let numbers = numbers(block)
            let (low, high) = unsafe Checksum.xxh3Wide(numbers.span.bytes)
            let hash = Hash(low: low, high: high)
            if isWhole(block), let earlier = seen[hash] {
                blocks.append(earlier)
                continue
            }
            if isWhole(block) { seen[hash] = UInt32(kept.count) }
            keep(block)
        }
    }

    private struct Signature: Hashable {
        let number: Int
        let a, b, c: Float
    }

    private mutating func findSimilar() {
        let tolerance = Float(stage.tolerance.value)
        let places = (0..<Self.signatures).map { signature in
            (0..<Self.places).map { i in
                let hash = KeyHash.hash(UInt64(signature) << 32 + UInt64(i), salt: KeyHash.salt(seed: 0, probe: 0))
                return Int(KeyHash.reduce(hash, UInt64(blockNumbers)))
            }
        }
        var seen: [Signature: [UInt32]] = [:]
        for block in 0..<blockCount {
            guard isWhole(block) else {
                keep(block)
                continue
            }
            let signatures = places.indices.map { signature(block, $0, places[$0], tolerance) }
            if let earlier = find(block, signatures, seen, tolerance) {
                blocks.append(earlier)
                continue
            }
            for signature in signatures { seen[signature, default: []].append(UInt32(kept.count)) }
            keep(block)
        }
    }

    private func signature(_ block: Int, _ number: Int, _ places: [Int], _ tolerance: Float) -> Signature {
        let start = block * blockNumbers
        let cells = places.map { place in
            let value = values[start + place]
            return (tolerance == 0 ? value : (value / (4 * tolerance)).rounded(.down)) + 0
        }
        return Signature(number: number, a: cells[0], b: cells[1], c: cells[2])
    }

    private func find(
        _ block: Int, _ signatures: [Signature], _ seen: [Signature: [UInt32]], _ tolerance: Float
    ) -> UInt32? {
        var tried: Set<UInt32> = []
        for signature in signatures {
            for candidate in seen[signature, default: []].prefix(Self.candidates)
            where tried.insert(candidate).inserted && isSimilar(block, kept[Int(candidate)], tolerance) {
                return candidate
            }
        }
        return nil
    }

    private func isSimilar(_ a: Int, _ b: Int, _ tolerance: Float) -> Bool {
        var equal = 0
        for (x, y) in zip(numbers(a), numbers(b)) where (x - y).magnitude <= tolerance { equal += 1 }
        return Double(equal) >= stage.share.value * Double(blockNumbers)
    }
}

extension OrderedSource {
    /// Reads all of `source` and keeps the rows that `stage` stores.
    static func deduped(_ source: any RowSource, _ stage: Dedup) throws(PackError) -> OrderedSource {
        let base = try ArraySource(reading: source)
        let rowCount = Int(base.shape.rowCount ?? 0)
        let dedup = BlockDedup(stage, base.allValues, dim: base.shape.dim)
        let size = Int(stage.blockRows)
        let order = dedup.kept.flatMap { block in
            (block * size..<min((block + 1) * size, rowCount)).map { UInt32($0) }
        }
        let places = (0..<rowCount).map { dedup.blocks[$0 / size] * UInt32(size) + UInt32($0 % size) }
        return OrderedSource(base, order: order, places: places, blocks: dedup.blocks)
    }
}
