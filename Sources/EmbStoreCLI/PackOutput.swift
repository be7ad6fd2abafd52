import EmbStorePack

/// What packing came to.
struct PackOutcome {
    let reports: [PackReport]
    let fileBytes: UInt64
    let seconds: Double
}

/// The report at the end of `pack`.
struct PackOutput {
    private let outcome: PackOutcome
    private let file: String

    init(_ outcome: PackOutcome, file: String) {
        self.outcome = outcome
        self.file = file
    }

    func print(_ told: OutputOptions) throws {
        if told.json { return try JSON.print(Document(file, outcome)) }
        if told.quiet { return }
        var table = TextTable(
            ["table", "rows", "dim", "expression", "bytes/row", "ratio", "NMSE", "rel. error", "cosine", "cosine 1 %"],
            left: ["table", "expression"])
        for report in outcome.reports { table.add(row(report)) }
        try table.print()
        for report in outcome.reports {
            guard let traffic = report.quality?.trafficNMSE else { continue }
            try Terminal.output.line("\(report.table): NMSE as traffic sees it is \(Units.short(traffic))")
        }
        for report in outcome.reports where report.duplicatesDropped > 0 {
            try Terminal.output.line(
                "\(report.table): \(report.duplicatesDropped) rows with keys met before were left out")
        }
        for report in outcome.reports where (report.quality?.skippedRows ?? 0) > 0 {
            try Terminal.output.line(
                "\(report.table): \(report.quality!.skippedRows) rows with NaN or infinities are not in these errors")
        }
        try Terminal.output.line(
            "\(file): \(Units.bytes(outcome.fileBytes)) in \(Units.fixed(outcome.seconds, 2)) s\(rates)")
    }

    private func row(_ report: PackReport) -> [String] {
        let quality = report.quality
        return [
            report.table, "\(report.idCount)", "\(report.dim)", report.expression, Units.fixed(report.bytesPerID, 2),
            Units.fixed(report.ratio, 2), quality.map { Units.short($0.nmse) } ?? "-",
            quality.map { Units.short($0.relativeError) } ?? "-", quality.map { Units.fixed($0.meanCosine, 6) } ?? "-",
            quality.map { Units.fixed($0.firstPercentileCosine, 6) } ?? "-",
        ]
    }

    private var rates: String {
        guard outcome.seconds > 0, !outcome.reports.isEmpty else { return "" }
        let rows = outcome.reports.reduce(0) { $0 + Double($1.idCount) }
        let bytes = outcome.reports.reduce(0) { $0 + Double($1.sourceBytes) }
        return ", \(Units.count(rows / outcome.seconds)) rows/s, \(Units.count(bytes / outcome.seconds / 1e6)) MB/s"
    }
}

extension PackOutput {
    private struct Document: Encodable {
        let file: String
        let fileBytes: UInt64
        let seconds: Double
        let tables: [Table]

        init(_ file: String, _ outcome: PackOutcome) {
            self.file = file
            fileBytes = outcome.fileBytes
            seconds = outcome.seconds
            tables = outcome.reports.map(Table.init)
        }
    }

    private struct Table: Encodable {
        let name: String
        let expression: String
        let idCount: UInt64
        let rowCount: UInt64
        let dim: Int
        let columnBytes: UInt64
        let bytesPerID: Double
        let sourceBytes: UInt64
        let ratio: Double
        let duplicatesDropped: UInt64
        let seconds: Double
        @OrNull var quality: QualityFields?

        init(_ report: PackReport) {
            name = report.table
            expression = report.expression
            idCount = report.idCount
            rowCount = report.rowCount
            dim = report.dim
            columnBytes = report.columnBytes
            bytesPerID = report.bytesPerID
            sourceBytes = report.sourceBytes
            ratio = report.ratio
            duplicatesDropped = report.duplicatesDropped
            seconds = Units.seconds(report.duration)
            quality = report.quality.map(QualityFields.init)
        }
    }
}

/// How near a table comes to its source, in JSON.
struct QualityFields: Encodable {
    let nmse: Double
    @OrNull var trafficNMSE: Double?
    let relativeError: Double
    let meanCosine: Double
    let firstPercentileCosine: Double
    let rows: UInt64
    let skippedRows: UInt64

    init(_ quality: Quality) {
        nmse = quality.nmse
        trafficNMSE = quality.trafficNMSE
        relativeError = quality.relativeError
        meanCosine = quality.meanCosine
        firstPercentileCosine = quality.firstPercentileCosine
        rows = quality.rows
        skippedRows = quality.skippedRows
    }
}
