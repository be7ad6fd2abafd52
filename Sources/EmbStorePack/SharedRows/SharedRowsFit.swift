internal import EmbCodecs

/// Finds stored rows of ids that share them: those that come nearest to finished embeddings. The same result at any number of
/// threads.
protocol SharedRowsFit {
    /// Rows that an id reads.
    var probes: Int { get }
    /// Ids shown so far.
    var idCount: Int { get }

    /// Shows the next id.
    ///
    /// - Parameters:
    ///   - rows: Those that it reads.
    ///   - signs: -1 or 1 for each of them; empty if there are none.
    ///   - embedding: What should come of them, as the transforms leave it.
    ///   - weight: How much the id counts.
    mutating func add(_ rows: Span<UInt32>, signs: Span<Float>, _ embedding: Span<Float>, weight: Float)

    /// The stored rows; of an array its numbers.
    ///
    /// - Parameter progress: Told the share that is done, now and then.
    func solve(_ progress: (Double) -> Void) -> [Float]

    /// Solved rows to fit a row codec to.
    func sample(of rows: [Float]) -> FitSample

    /// What comes of ids `ids`, counted as added, when `rows` are stored, as far as the transforms.
    func combined(_ ids: Range<Int>, _ rows: [Float]) -> [Float]
}

extension SharedRowsFit {
    func sample(of rows: [Float]) -> FitSample { FitSample(values: [], dim: 1, weights: [], positions: []) }
}

/// Chooses how an indexer's rows are fitted.
enum SharedRows {
    /// What begins the fit of an indexer, and the bytes that it takes at least.
    static func fit(
        _ indexer: any Indexer, _ index: any IndexReader, _ shape: StoredShape, idCount: UInt64, width: Int
    ) -> (begin: () -> any SharedRowsFit, byteCount: UInt64) {
        let held = idCount * UInt64(width * 4 + index.probes * 4)
        if let robe = indexer as? Robe {
            return ({ ArrayFit(robe) }, idCount * UInt64(index.probes * 8) + robe.size * 8)
        }
        if let train = indexer as? TensorTrain {
            // Embeddings thrice, and twice all that there are digits for.
            let all = train.rows.reduce(UInt64(width)) {
                $0.multipliedReportingOverflow(by: $1).overflow ? .max / 64 : $0 * $1
            }
            let bytes = 3 * held + 8 * Swift.min(all, .max / 64) + shape.rowCount * UInt64(shape.dim) * 24
            return ({ TrainFit(train, index, width: width) }, bytes)
        }
        if index.combine == .multiply {
            let bytes = held + shape.rowCount * UInt64(width) * 12
            return ({ ProductFit(index, rowCount: Int(shape.rowCount), dim: width) }, bytes)
        }
        return (
            { LinearFit(index, rowCount: Int(shape.rowCount), dim: shape.dim) },
            LinearFit.byteCount(shape, idCount: idCount, probes: index.probes)
        )
    }
}
