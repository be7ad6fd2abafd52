internal import EmbCodecs

/// The digits of ids and the parts of an embedding's places that the cores of a tensor train stand for. Core k is held as an
/// array of layout (slices[k], before(k), dims[k], after(k)).
struct TrainShape {
    /// Slices of each core, the least significant digit's first.
    let slices: [Int]
    /// Factors of the embedding's width, the most significant part's first.
    let dims: [Int]
    let rank: Int

    init(_ train: TensorTrain) {
        slices = train.rows.map { Int($0) }
        dims = train.dims.map { Int($0) }
        rank = train.rank
    }

    var cores: Int { slices.count }
    var width: Int { dims.reduce(1, *) }
    func before(_ k: Int) -> Int { k == 0 ? 1 : rank }
    func after(_ k: Int) -> Int { k == cores - 1 ? 1 : rank }
    func count(_ k: Int) -> Int { slices[k] * before(k) * dims[k] * after(k) }

    /// Combinations of the digits below core `k`'s, and of the parts before its own.
    func prefixes(_ k: Int) -> Int { slices[..<k].reduce(1, *) }
    func leftParts(_ k: Int) -> Int { dims[..<k].reduce(1, *) }
    /// And of those after it.
    func suffixes(_ k: Int) -> Int { slices[(k + 1)...].reduce(1, *) }
    func rightParts(_ k: Int) -> Int { dims[(k + 1)...].reduce(1, *) }

    /// Digits of an id, the least significant first.
    func digits(_ id: Int) -> [Int] {
        var left = id
        return slices.map { n in
            defer { left /= n }
            return left % n
        }
    }

    /// The cores as the file has them: the last transposed (Formats/indexers/tensorTrain.md, "Rows").
    func rows(_ cores: [[Float]]) -> [Float] {
        let last = self.cores - 1
        var rows = Array(cores[..<last].joined())
        for i in 0..<slices[last] {
            for a in 0..<dims[last] {
                for s in 0..<rank { rows.append(cores[last][(i * rank + s) * dims[last] + a]) }
            }
        }
        return rows
    }
}
