import EmbStorePack

/// What `verify` prints once the checks of the file itself have passed.
struct VerifyOutput {
    private let file: String
    private let isDeep: Bool
    private let comparisons: [SourceComparison]

    init(file: String, isDeep: Bool, _ comparisons: [SourceComparison]) {
        self.file = file
        self.isDeep = isDeep
        self.comparisons = comparisons
    }

    /// Prints what was measured, whatever comes of it.
    func printComparisons(_ told: OutputOptions) throws {
        if told.json {
            let checks = ["open", "padding"] + (isDeep ? ["checksums", "blocks", "keys"] : [])
            return try JSON.print(Document(file: file, checks: checks, against: comparisons.map(Compared.init)))
        }
        if !told.quiet, !comparisons.isEmpty { try printTable() }
    }

    /// Prints that all is well.
    func printVerdict(_ told: OutputOptions) throws {
        if told.quiet || told.json { return }
        let checked = isDeep ? "every byte checked" : "superblock, catalog and padding checked; --deep reads the rest"
        try Terminal.output.line("\(file): good, \(checked)")
    }

    private func printTable() throws {
        var table = TextTable(
            [
                "table", "rows", "NMSE", "rel. error", "cosine", "cosine 1 %", "largest error", "in row", "worst row",
                "its rel. error",
            ], left: ["table"])
        for found in comparisons {
            table.add([
                found.table, "\(found.rows)", Units.short(found.quality.nmse), Units.short(found.quality.relativeError),
                Units.fixed(found.quality.meanCosine, 6), Units.fixed(found.quality.firstPercentileCosine, 6),
                Units.short(Double(found.largestError)), found.largestErrorRow.map { "\($0)" } ?? "-",
                found.worstRow.map { "\($0)" } ?? "-", Units.short(found.worstRelativeError),
            ])
        }
        try table.print()
    }

    private struct Document: Encodable {
        let file: String
        /// The checks that passed.
        let checks: [String]
        let against: [Compared]
    }

    private struct Compared: Encodable {
        let table: String
        let rows: UInt64
        let quality: QualityFields
        let largestError: Float
        @OrNull var largestErrorRow: UInt64?
        @OrNull var worstRow: UInt64?
        let worstRelativeError: Double
        let differingNumbers: UInt64
        @OrNull var recordedNMSE: Double?

        init(_ found: SourceComparison) {
            (table, rows, quality) = (found.table, found.rows, QualityFields(found.quality))
            (largestError, largestErrorRow) = (found.largestError, found.largestErrorRow)
            (worstRow, worstRelativeError) = (found.worstRow, found.worstRelativeError)
            (differingNumbers, recordedNMSE) = (found.differingNumbers, found.recordedNMSE)
        }
    }
}
