internal import EmbCInterface
internal import EmbCodecs
internal import EmbStorePack

/// What packing will take and came to, in the words of `embstore pack --dry-run --json` and `embstore pack --json`.
enum Reports {
    static func json(_ plan: TablePlan, _ estimate: PackEstimate) -> JSONText {
        var text = JSONText()
        text.add("name", plan.name)
        text.add("expression", estimate.composition.description)
        text.add("dim", estimate.dim)
        add("idCount", estimate.idCount, &text)
        add("rowCount", estimate.rowCount, &text)
        text.add("rowBytes", estimate.rowBytes)
        add("indexBytes", estimate.indexBytes, &text)
        add("columnBytes", estimate.columnBytes, &text)
        let hasStringKeys = plan.source.shape.keys == .strings && estimate.composition.indexer.ownsRows
        text.add("hasStringKeys", hasStringKeys)
        return text
    }

    static func json(
        _ file: String, _ reports: [PackReport], _ fileBytes: UInt64, _ duration: Duration
    ) -> String {
        var text = JSONText()
        text.add("file", file)
        text.add("fileBytes", fileBytes)
        text.add("seconds", seconds(duration))
        text.add("tables", reports.map { table($0) })
        return text.object
    }

    private static func table(_ report: PackReport) -> JSONText {
        var text = JSONText()
        text.add("name", report.table)
        text.add("expression", report.expression)
        text.add("idCount", report.idCount)
        text.add("rowCount", report.rowCount)
        text.add("dim", report.dim)
        text.add("columnBytes", report.columnBytes)
        text.add("bytesPerID", report.bytesPerID)
        text.add("sourceBytes", report.sourceBytes)
        text.add("ratio", report.ratio)
        text.add("duplicatesDropped", report.duplicatesDropped)
        text.add("seconds", seconds(report.duration))
        if let quality = report.quality { text.add("quality", json(quality)) } else { text.addNull("quality") }
        return text
    }

    private static func json(_ quality: Quality) -> JSONText {
        var text = JSONText()
        text.add("nmse", quality.nmse)
        if let traffic = quality.trafficNMSE { text.add("trafficNMSE", traffic) } else { text.addNull("trafficNMSE") }
        text.add("relativeError", quality.relativeError)
        text.add("meanCosine", quality.meanCosine)
        text.add("firstPercentileCosine", quality.firstPercentileCosine)
        text.add("rows", quality.rows)
        text.add("skippedRows", quality.skippedRows)
        return text
    }

    private static func add(_ name: String, _ number: UInt64?, _ text: inout JSONText) {
        if let number { text.add(name, number) } else { text.addNull(name) }
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}
