internal import EmbCodecs
internal import EmbFormat

/// Cuts the rows into tiers and fits each tier's stages to its own rows (Formats/codecs/tiers.md, "Packing").
enum TiersFitter: StageFitter {
    static let stage = Tiers.name

    static func fit(_ request: FitRequest) throws(PackError) -> [ColumnData] {
        guard let tiers = request.stage as? Tiers else { preconditionFailure("the fitter of another stage") }
        for case .traffic in tiers.sizes where request.frequencies == nil {
            throw request.refused("shares of traffic", found: "no frequencies", expected: "those of all rows")
        }
        let ends = tiers.ends(rowCount: request.rowCount, frequencies: request.frequencies)
        let bytes = ends.flatMap { end in (0..<4).map { UInt8(truncatingIfNeeded: end >> (8 * $0)) } }
        var columns = [ColumnData("ends", ColumnShape(.u32, rows: UInt64(ends.count)), bytes: bytes)]
        for (number, composition) in tiers.nested.enumerated() {
            let rows = (number == 0 ? 0 : ends[number - 1])..<ends[number]
            columns += try parameters(request, composition, number, rows)
        }
        return columns
    }

    /// What the stages of one tier learn, named as the columns of `tiers`.
    private static func parameters(
        _ request: FitRequest, _ composition: Composition, _ number: Int, _ rows: Range<UInt64>
    ) throws(PackError) -> [ColumnData] {
        let given = request.given(number)
        guard !given.isEmpty || composition.rowStages.contains(where: { Fitters.fitter(of: $0) != nil }) else {
            return []
        }
        let sample = request.sample.rows(in: rows)
        let (transforms, encoder) = try request.nested(
            composition, given: given, rowCount: UInt64(rows.count), sample: sample)
        var columns: [ColumnData] = []
        for (stage, transform) in zip(composition.transforms, transforms) {
            columns += transform.columns.map {
                ColumnData("\(number).\(type(of: stage).name).\($0.name)", $0.shape, bytes: $0.bytes)
            }
        }
        let codec = "\(number).\(type(of: composition.rowCodec).name)"
        for column in encoder.columns {
            guard let bytes = column.bytes else { continue }
            columns.append(ColumnData("\(codec).\(column.name)", column.shape, bytes: bytes))
        }
        return columns
    }
}

extension FitRequest {
    /// Of the given parameters those of composition `number` of those nested in the stage, by their own names.
    fileprivate func given(_ number: Int) -> [String: ColumnData] {
        let prefix = "\(number)."
        let own = given.filter { $0.key.hasPrefix(prefix) }.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
        return Dictionary(uniqueKeysWithValues: own)
    }
}

extension FitSample {
    /// Those whose stored rows are in `range`, counted from its beginning.
    func rows(in range: Range<UInt64>) -> FitSample {
        var part = FitSample(values: [], dim: dim, weights: [], positions: [])
        for (i, position) in positions.enumerated() where range.contains(position) {
            part.values += values[i * dim..<(i + 1) * dim]
            part.weights.append(weights[i])
            part.positions.append(position - range.lowerBound)
        }
        return part
    }
}
