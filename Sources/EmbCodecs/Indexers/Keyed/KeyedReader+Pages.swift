internal import EmbFormat
internal import EmbKernels

// Buckets first, then what they say of the keys.
extension KeyedReader {
    public func listPages(_ ids: IDs, step: Int, _ pages: inout PageList) -> Bool {
        switch (step, keys) {
        case (0, _):
            var homes: [UInt32] = []
            for i in 0..<ids.count { homes.append(UInt32(home(KeyHash.hash(ids.key(i), salt: salt)))) }
            buckets.list(homes.span, stride: KeyBucket.byteCount, count: KeyBucket.byteCount, &pages)
        case (1, .integers(let keys)):
            keys.list(candidates(ids).span, stride: 8, count: 8, &pages)
        case (1, .strings(let ends, _)):
            var rows = candidates(ids)
            rows += rows.compactMap { $0 == 0 ? nil : $0 - 1 }
            let size = ends.shape.element.byteCount
            ends.list(rows.span, stride: size, count: size, &pages)
        case (2, .strings(let ends, let bytes)):
            bytes.list(candidates(ids).compactMap { try? range(of: $0, ends, bytes) }, &pages)
        default: return false
        }
        return true
    }

    /// The rows whose keys are compared with those of `ids`, and few others: `find` walks no further than it must.
    private func candidates(_ ids: IDs) -> [UInt32] {
        var rows: [UInt32] = []
        for i in 0..<ids.count {
            let hash = KeyHash.hash(ids.key(i), salt: salt)
            var number = home(hash)
            for _ in 0..<KeyedLayout.maxWalk {
                // What cannot be read is told of by `find`.
                guard let bucket = try? self.bucket(number) else { break }
                for slot in bucket.slots(of: hash) where UInt64(bucket.row(slot)) < rowCount {
                    rows.append(bucket.row(slot))
                }
                guard bucket.overflowed != 0 else { break }
                number = number + 1 == bucketCount ? 0 : number + 1
            }
        }
        return rows
    }
}
