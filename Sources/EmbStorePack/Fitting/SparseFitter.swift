internal import EmbCodecs
internal import EmbFormat

/// Finds the magnitude from which on numbers are kept (Formats/codecs/sparse.md, "Packing").
enum SparseFitter: StageFitter {
    static let stage = Sparse.name

    static func fit(_ request: FitRequest) throws(PackError) -> [ColumnData] {
        guard let sparse = request.stage as? Sparse else { preconditionFailure("the fitter of another stage") }
        let threshold = threshold(request.sample.values, keeping: sparse.density.value)
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: threshold >> (8 * $0)) }
        return [ColumnData("threshold", ColumnShape(.f32, rows: 1), bytes: bytes)]
    }

    /// The least bits of a magnitude, 1 or more, that at most the share `density` of the values reaches. Counts by the upper
    /// half of the bits, then by the lower half among those of the half that decides.
    static func threshold(_ values: [Float], keeping density: Double) -> UInt32 {
        let limit = Int((density * Double(values.count)).rounded(.down))
        let half = 1 << 16
        var counts = [Int](repeating: 0, count: half)
        for value in values { counts[Int(value.magnitude.bitPattern >> 16)] += 1 }
        var kept = 0
        var upper = half - 1
        while upper >= 0, kept + counts[upper] <= limit {
            kept += counts[upper]
            upper -= 1
        }
        guard upper >= 0 else { return 1 }
        var low = [Int](repeating: 0, count: half)
        for value in values where value.magnitude.bitPattern >> 16 == upper {
            low[Int(value.magnitude.bitPattern & 0xffff)] += 1
        }
        var lower = half - 1
        while lower >= 0, kept + low[lower] <= limit {
            kept += low[lower]
            lower -= 1
        }
        return max(UInt32(upper) << 16 + UInt32(lower + 1), 1)
    }
}
