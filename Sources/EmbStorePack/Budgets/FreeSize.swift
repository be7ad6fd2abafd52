internal import EmbCodecs
internal import EmbFormat

/// The size of a stage that is not written, and so may follow from a budget: rows, a divisor, a rank, …
struct FreeSize {
    /// What is left open: `rows of hashed`.
    let what: String
    /// How many sizes there are.
    let count: UInt64
    /// The stage of size number i: the larger i, the more bytes.
    let stage: (UInt64) -> StageSyntax

    /// Stages that a budget can choose the size of, for messages.
    static let choices =
        "rows of hashed and unified, divisor of qr, size of robe, rank of tensorTrain and lowrank, numbers of prefix, "
        + "MxB of pq and rq, bits of rbe and rabitq"

    private init(_ stage: StageSyntax, _ label: String, _ sizes: ClosedRange<UInt64>) {
        self.init(stage, label, count: sizes.count64) { "\(sizes.lowerBound + $0)" }
    }

    private init(_ stage: StageSyntax, _ label: String, count: UInt64, _ word: @escaping (UInt64) -> String) {
        what = "\(label) of \(stage.name)"
        self.count = count
        self.stage = { number in
            var sized = stage
            sized.arguments.insert(ArgumentSyntax(label, word(number)), at: 0)
            return sized
        }
    }

    private init(_ stage: StageSyntax, bare what: String, _ sizes: ClosedRange<UInt64>, suffix: String = "") {
        self.what = "\(what) of \(stage.name)"
        count = sizes.count64
        self.stage = { number in
            var sized = stage
            sized.arguments.insert(ArgumentSyntax("\(sizes.lowerBound + number)\(suffix)"), at: 0)
            return sized
        }
    }

    /// The free size of a stage as it is written; nil if all of it is written, or nothing of it can be chosen.
    ///
    /// - Parameter width: Numbers of the row that the stage makes.
    static func of(_ stage: StageSyntax, idCount: UInt64, width: Int) -> FreeSize? {
        let dim = UInt64(width)
        let isBare = !stage.arguments.contains { $0.label == nil }
        switch stage.name {
        case Hashed.name where stage.word("rows") == nil: return FreeSize(stage, "rows", 1...max(idCount, 1))
        case Unified.name where stage.word("rows") == nil:
            let probes = stage.word("probes").flatMap { UInt64($0) } ?? 1
            return FreeSize(
                stage.completed("width", "\(max(dim / max(probes, 1), 1))"), "rows", 1...max(idCount, 1))
        case QR.name where stage.word("divisor") == nil:
            let least = leastDivisor(idCount)
            return FreeSize(stage, "divisor", count: least) { "\(least - $0)" }
        case Robe.name where stage.word("size") == nil: return robe(stage, idCount, dim)
        case TensorTrain.name where stage.word("rank") == nil:
            let whole = stage.completed("dims", TrainFactors.dims(dim)).completed("rows", TrainFactors.rows(idCount))
            return FreeSize(whole, "rank", 1...4096)
        case "lowrank" where isBare: return FreeSize(stage, bare: "rank", 1...dim)
        case "prefix" where isBare: return FreeSize(stage, bare: "numbers", 1...dim)
        case PQ.name where isBare:
            let bits = stage.word("layout") == "fastscan" ? "x4" : "x8"
            return FreeSize(stage, bare: "MxB", 1...dim, suffix: bits)
        case RQ.name where isBare: return FreeSize(stage, bare: "MxB", 1...dim, suffix: "x8")
        case "rbe" where stage.word("bits") == nil, "rabitq" where stage.word("bits") == nil:
            return FreeSize(stage, "bits", 1...8)
        default: return nil
        }
    }

    private static func robe(_ stage: StageSyntax, _ idCount: UInt64, _ dim: UInt64) -> FreeSize {
        let chunks = stage.word("chunks").flatMap { UInt64($0) } ?? 1
        let whole = stage.completed("block", "\(max(dim / max(chunks, 1), 1))")
        let block = whole.word("block").flatMap { UInt64($0) } ?? 1
        let align = max(stage.word("align").flatMap { UInt64($0) } ?? 1, 1)
        let least = (block + align - 1) / align
        let most = max(min(idCount.multipliedReportingOverflow(by: dim).partialValue, 1 << 31) / align, least)
        return FreeSize(whole, "size", count: most - least + 1) { "\((least + $0) * align)" }
    }

    /// The divisor of the fewest rows: rows fall up to about the root of the count, then rise.
    private static func leastDivisor(_ idCount: UInt64) -> UInt64 {
        var root = UInt64(Double(idCount).squareRoot())
        while root * root < idCount { root += 1 }
        root = max(root, 1)
        func rows(_ divisor: UInt64) -> UInt64 { (idCount + divisor - 1) / divisor + divisor }
        return root > 1 && rows(root - 1) <= rows(root) ? root - 1 : root
    }
}

/// The usual factors of a tensor train of three cores.
enum TrainFactors {
    /// Slices for so many ids: about the third root each, most in the first core.
    static func rows(_ idCount: UInt64) -> String {
        let ids = max(idCount, 1)
        let last = root(ids) { $0 * $0 * $0 }
        let middle = root((ids + last - 1) / last) { $0 * $0 }
        let first = (ids + last * middle - 1) / (last * middle)
        return "\(first)x\(middle)x\(last)"
    }

    /// Three factors of `dim`, as near to each other as its prime factors allow, the larger ones last.
    static func dims(_ dim: UInt64) -> String {
        var (left, factors) = (dim, [UInt64](repeating: 1, count: 3))
        var primes: [UInt64] = []
        var prime: UInt64 = 2
        while left > 1 {
            while left % prime == 0 {
                primes.append(prime)
                left /= prime
            }
            prime += 1
        }
        for prime in primes.reversed() {
            let place = (0..<3).reversed().min { factors[$0] < factors[$1] }!
            factors[place] *= prime
        }
        return factors.sorted().map { "\($0)" }.joined(separator: "x")
    }

    /// The least number whose power is at least `value`.
    private static func root(_ value: UInt64, _ power: (UInt64) -> UInt64) -> UInt64 {
        var (low, high) = (UInt64(1), UInt64(1) << 16)
        while low < high {
            let middle = (low + high) / 2
            if power(middle) >= value { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension StageSyntax {
    fileprivate func completed(_ label: String, _ word: String) -> StageSyntax {
        var whole = self
        whole.complete([ArgumentSyntax(label, word)])
        return whole
    }
}

extension ClosedRange<UInt64> {
    fileprivate var count64: UInt64 { upperBound - lowerBound + 1 }
}
