/// The best k rows of one query so far: a heap with the worst at the top, in arrays that hold those of a batch.
///
/// Larger keys are better; a key is a score, or its negative where small scores are better. Equal keys: the lower row is
/// better. NaN never gets in.
struct BestRows {
    private let k: Int
    private let small: Bool
    private var keys: [Float]
    private var rows: [UInt32]
    private var counts: [Int]

    init(queries: Int, k: Int, small: Bool) {
        self.k = k
        self.small = small
        keys = [Float](repeating: 0, count: queries * k)
        rows = [UInt32](repeating: 0, count: queries * k)
        counts = [Int](repeating: 0, count: queries)
    }

    /// The score that a row must beat to get in, or nil while there is room for any.
    func worst(_ q: Int) -> Float? { counts[q] < k ? nil : small ? -keys[q * k] : keys[q * k] }

    /// Offers a row to query `q`. O(log k).
    mutating func offer(_ q: Int, row: UInt32, score: Float) {
        let key = small ? -score : score
        let first = q * k
        if counts[q] < k {
            guard !key.isNaN else { return }
            (keys[first + counts[q]], rows[first + counts[q]]) = (key, row)
            counts[q] += 1
            rise(first, counts[q] - 1)
        } else if isBetter(key, row, than: first) {
            (keys[first], rows[first]) = (key, row)
            sink(first, count: k)
        }
    }

    /// Offers all that `other` has.
    mutating func merge(_ other: BestRows) {
        for q in 0..<counts.count {
            for i in q * k..<q * k + other.counts[q] {
                offer(q, row: other.rows[i], score: small ? -other.keys[i] : other.keys[i])
            }
        }
    }

    /// Puts the rows of each query in order, best first. Nothing may be offered afterwards.
    mutating func sort() {
        for q in 0..<counts.count {
            for last in stride(from: counts[q] - 1, to: 0, by: -1) {
                keys.swapAt(q * k, q * k + last)
                rows.swapAt(q * k, q * k + last)
                sink(q * k, count: last)
            }
        }
    }

    /// Calls row r `names[r]` from now on.
    mutating func rename(_ names: [UInt32]) {
        for q in 0..<counts.count { for i in q * k..<q * k + counts[q] { rows[i] = names[Int(rows[i])] } }
    }

    /// The rows of query `q`, best first, sorted before.
    func neighbors(_ q: Int) -> [Neighbor] {
        (q * k..<q * k + counts[q]).map { Neighbor(row: rows[$0], score: small ? -keys[$0] : keys[$0]) }
    }

    /// The same into `count` places from `first` on, what is missing included.
    func write(
        _ q: Int, into rows: inout MutableSpan<UInt32>, _ scores: inout MutableSpan<Float>, at first: Int, _ count: Int
    ) {
        for i in 0..<count {
            let (found, place) = (i < counts[q], q * k + min(i, k - 1))
            rows[first + i] = found ? self.rows[place] : EmbeddingTable.noRow
            scores[first + i] = (small ? -1 : 1) * (found ? keys[place] : -.infinity)
        }
    }

    private func isBetter(_ key: Float, _ row: UInt32, than place: Int) -> Bool {
        key > keys[place] || key == keys[place] && row < rows[place]
    }

    private func isBetter(_ a: Int, than b: Int) -> Bool { isBetter(keys[a], rows[a], than: b) }

    private mutating func rise(_ first: Int, _ start: Int) {
        var i = start
        while i > 0, isBetter(first + (i - 1) / 2, than: first + i) {
            exchange(first + i, first + (i - 1) / 2)
            i = (i - 1) / 2
        }
    }

    private mutating func sink(_ first: Int, count: Int) {
        var i = 0
        while 2 * i + 1 < count {
            var child = 2 * i + 1
            if child + 1 < count, isBetter(first + child, than: first + child + 1) { child += 1 }
            guard isBetter(first + i, than: first + child) else { return }
            exchange(first + i, first + child)
            i = child
        }
    }

    private mutating func exchange(_ a: Int, _ b: Int) {
        keys.swapAt(a, b)
        rows.swapAt(a, b)
    }
}
