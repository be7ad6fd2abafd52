internal import EmbCodecs

/// The array of `robe`: each of its numbers is the mean of what falls on it (Formats/indexers/robe.md, "Packing").
struct ArrayFit: SharedRowsFit {
    let probes: Int
    private let size: Int
    private let block: Int
    /// The place in the array of each stored number behind its end.
    private let repeated: [UInt64]
    private var addresses: [UInt32] = []
    private var signs: [Float] = []
    private var sums: [Float]
    private var hits: [Float]

    init(_ robe: Robe) {
        probes = robe.probes
        size = Int(robe.size)
        block = Int(robe.block)
        repeated = robe.repeatedPlaces()
        sums = [Float](repeating: 0, count: size)
        hits = sums
    }

    var idCount: Int { addresses.count / probes }

    private func place(_ stored: Int) -> Int { stored < size ? stored : Int(repeated[stored - size]) }

    mutating func add(_ rows: Span<UInt32>, signs: Span<Float>, _ embedding: Span<Float>, weight: Float) {
        for c in 0..<probes {
            let sign: Float = signs.isEmpty ? 1 : signs[c]
            addresses.append(rows[c])
            if !signs.isEmpty { self.signs.append(sign) }
            for j in 0..<block {
                let place = place(Int(rows[c]) + j)
                sums[place] += weight * sign * embedding[c * block + j]
                hits[place] += weight
            }
        }
    }

    func solve(_ progress: (Double) -> Void) -> [Float] {
        let array = zip(sums, hits).map { $1 > 0 ? $0 / $1 : 0 }
        return array + repeated.map { array[Int($0)] }
    }

    func combined(_ ids: Range<Int>, _ rows: [Float]) -> [Float] {
        var out: [Float] = []
        out.reserveCapacity(ids.count * probes * block)
        for id in ids {
            for c in 0..<probes {
                let sign: Float = signs.isEmpty ? 1 : signs[id * probes + c]
                let start = Int(addresses[id * probes + c])
                for j in start..<start + block { out.append(sign * rows[j]) }
            }
        }
        return out
    }
}
