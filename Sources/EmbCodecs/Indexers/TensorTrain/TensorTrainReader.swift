internal import EmbFormat
internal import EmbKernels
import Glibc

struct TensorTrainReader: IndexReader {
    let probes: Int
    /// Numbers of the widest two steps.
    let contractScratch: Int
    private let rank: Int
    private let slices: [UInt64]
    private let dims: [Int]
    /// Stored rows of a slice, and the first row, of each core.
    private let sliceRows: [Int]
    private let firstRows: [UInt64]
    private let idCount: UInt64
    private var ids: IDRange

    init(_ indexer: TensorTrain, idCount: UInt64) {
        probes = indexer.probes
        rank = indexer.rank
        slices = indexer.rows
        dims = indexer.dims.map { Int($0) }
        sliceRows = dims.indices.map { indexer.sliceRows($0) }
        var first: UInt64 = 0
        var firsts: [UInt64] = []
        for k in dims.indices {
            firsts.append(first)
            first += slices[k] * UInt64(sliceRows[k])
        }
        firstRows = firsts
        contractScratch = 2 * rank * dims.dropLast().reduce(1, *)
        self.idCount = idCount
        ids = IDRange(all: idCount)
    }

    var combine: Combine { .contract }

    func accepts(_ kind: IDKind) -> Bool { kind == .integer }

    func address(
        _ ids: IDs, _ layout: ProbeLayout, rows: inout MutableSpan<UInt32>, weights: inout MutableSpan<Float>,
        _ kernels: Kernels
    ) throws(FormatError) -> Int {
        var missing = 0
        for i in 0..<ids.count {
            guard let id = self.ids.id(ids.key(i)) else {
                for p in 0..<probes { rows[layout.place(i, p)] = RowList.zeroRow }
                missing += 1
                continue
            }
            var left = id
            var probe = 0
            for k in 0..<slices.count {
                let digit = k == slices.count - 1 ? left : left % slices[k]
                left /= slices[k]
                let first = firstRows[k] + digit * UInt64(sliceRows[k])
                for r in 0..<sliceRows[k] {
                    rows[layout.place(i, probe)] = UInt32(truncatingIfNeeded: first + UInt64(r))
                    probe += 1
                }
            }
        }
        return missing
    }

    func contract(_ rows: Span<Float>, _ scratch: inout MutableSpan<Float>, into out: inout MutableSpan<Float>) {
        // `from` and `to` are the two halves of the scratch, in turn.
        let half = contractScratch / 2
        var (from, to) = (0, half)
        var vectors = dims[0]
        for j in 0..<vectors * rank { scratch[from + j] = rows[j] }
        var place = vectors * rank
        for k in 1..<dims.count - 1 {
            multiply(vectors, rows.extracting(place..<place + sliceRows[k] * rank), dims[k], from, to, &scratch)
            place += sliceRows[k] * rank
            vectors *= dims[k]
            swap(&from, &to)
        }
        let last = dims[dims.count - 1]
        for a in 0..<vectors {
            for b in 0..<last {
                var sum: Float = 0
                for s in 0..<rank { sum = fmaf(scratch[from + a * rank + s], rows[place + b * rank + s], sum) }
                out[a * last + b] = sum
            }
        }
    }

    /// Each of the vectors times a slice of shape rank x d x rank: d vectors.
    private func multiply(
        _ vectors: Int, _ slice: Span<Float>, _ d: Int, _ from: Int, _ to: Int, _ scratch: inout MutableSpan<Float>
    ) {
        for j in 0..<vectors * d * rank { scratch[to + j] = 0 }
        for a in 0..<vectors {
            for r in 0..<rank {
                let factor = scratch[from + a * rank + r]
                // d * rank numbers of the slice belong to r; sums stay in order of r.
                for j in 0..<d * rank {
                    let place = to + a * d * rank + j
                    scratch[place] = fmaf(factor, slice[r * d * rank + j], scratch[place])
                }
            }
        }
    }

    func feature(_ arguments: String) throws(FormatError) -> any IndexReader {
        var arguments = try FeatureArguments(arguments)
        var feature = self
        feature.ids = try IDRange(&arguments, idCount: idCount)
        try arguments.finish()
        return feature
    }
}
