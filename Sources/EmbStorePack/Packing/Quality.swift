public import EmbKernels

/// How near packed embeddings come to their source, summed over rows in order. Rows with a NaN or an infinity are
/// counted and left out.
public struct Quality: Sendable, Equatable {
    public private(set) var rows: UInt64 = 0
    public private(set) var skippedRows: UInt64 = 0
    private var squaredError = 0.0
    private var squaredSource = 0.0
    /// The same two with each row counted as often as it is asked for.
    private var trafficError = 0.0
    private var trafficSource = 0.0
    private var cosines = 0.0
    /// Rows by how far their cosine is from 1, in bins that are 1/32 of a power of two wide.
    private var distances = [UInt64](repeating: 0, count: binCount)

    /// Distances of 2^-34 and less are one bin, those of 2 and more another.
    private static let binCount = 36 * 32
    private static let lowest = 0x1p-34

    public init() {}

    /// Adds the rows of `packed`, which stand for those of `source`; both are `dim` wide.
    ///
    /// - Parameter weights: How often each of the rows is asked for, and maybe further rows; nil if nobody knows.
    public mutating func add(
        _ source: Span<Float>, _ packed: Span<Float>, dim: Int, weights: ArraySlice<Float>? = nil, _ kernels: Kernels
    ) {
        for row in 0..<source.count / dim {
            let range = row * dim..<(row + 1) * dim
            let weight = if let weights { weights[weights.startIndex + row] } else { Float(0) }
            add(kernels.compare(source.extracting(range), packed.extracting(range)), weight: Double(weight))
        }
    }

    private mutating func add(_ sums: Kernels.Comparison, weight: Double) {
        guard sums.squaredError.isFinite, sums.squaredA.isFinite else {
            skippedRows += 1
            return
        }
        rows += 1
        squaredError += sums.squaredError
        squaredSource += sums.squaredA
        trafficError += weight * sums.squaredError
        trafficSource += weight * sums.squaredA
        let norms = (sums.squaredA * sums.squaredB).squareRoot()
        let cosine = norms > 0 ? min(sums.product / norms, 1) : (sums.squaredError == 0 ? 1 : 0)
        cosines += cosine
        distances[Self.bin(1 - cosine)] += 1
    }

    /// Adds what another run of rows came to.
    public mutating func add(_ other: Quality) {
        rows += other.rows
        skippedRows += other.skippedRows
        squaredError += other.squaredError
        squaredSource += other.squaredSource
        trafficError += other.trafficError
        trafficSource += other.trafficSource
        cosines += other.cosines
        for bin in distances.indices { distances[bin] += other.distances[bin] }
    }

    /// The exponent and five bits of the fraction number the bins.
    private static func bin(_ distance: Double) -> Int {
        guard distance > lowest else { return 0 }
        return min(Int(distance.bitPattern >> 47) - Int(lowest.bitPattern >> 47) + 1, binCount - 1)
    }

    /// The largest distance of a bin.
    private static func edge(_ bin: Int) -> Double {
        bin == 0 ? 0 : min(Double(bitPattern: (UInt64(bin) + (lowest.bitPattern >> 47)) << 47), 2)
    }
}

extension Quality {
    /// Squared error over squared norm of the source: 0 is exact.
    public var nmse: Double { squaredError == 0 ? 0 : squaredError / squaredSource }

    /// The same with each row counted as often as it is asked for; nil if nobody said how often.
    public var trafficNMSE: Double? { trafficSource > 0 ? trafficError / trafficSource : nil }

    /// The error's norm over the source's: the square root of `nmse`.
    public var relativeError: Double { nmse.squareRoot() }

    public var meanCosine: Double { rows == 0 ? 1 : cosines / Double(rows) }

    /// The cosine that 99 % of the rows reach; 1 - cosine is right to 3 %.
    public var firstPercentileCosine: Double {
        var left = rows / 100
        for bin in distances.indices.reversed() {
            if distances[bin] > left { return 1 - Self.edge(bin) }
            left -= distances[bin]
        }
        return 1
    }
}
