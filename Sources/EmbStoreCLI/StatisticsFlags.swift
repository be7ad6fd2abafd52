import ArgumentParser
import EmbStore
import EmbStorePack

/// `inspect --stats`: how the numbers of a table are spread.
struct StatisticsFlags: ParsableArguments {
    @Flag(help: "Show how values and norms of a sample of rows are spread.")
    var stats = false

    @Option(help: ArgumentHelp("Rows in the sample, taken at even distances.", valueName: "rows"))
    var sample = 10_000

    func validate() throws {
        guard sample > 0 else { throw ValidationError("--sample is \(sample), expected at least 1") }
    }

    func print(_ store: Store, _ table: EmbeddingTable, _ told: OutputOptions) throws {
        let ids = TableIDs(table)
        try ids.checkListable()
        var values: [Float] = []
        var norms: [Float] = []
        let count = min(UInt64(sample), ids.count)
        for i in 0..<count {
            let row = try ids.embeddings(UInt64(Double(i) * Double(ids.count) / Double(count)), count: 1)
            values += row
            norms.append(row.reduce(0) { $0 + $1 * $1 }.squareRoot())
        }
        let spread = Document(table: table.name, rows: count, values: Spread(values), norms: Spread(norms))
        try told.json ? JSON.print(spread) : spread.print()
    }

    private struct Document: Encodable {
        let table: String
        let rows: UInt64
        let values: Spread
        let norms: Spread

        func print() throws {
            try Terminal.output.line(Terminal.bold("table \"\(table)\"") + ", \(rows) rows")
            try values.print("values")
            try norms.print("norms")
        }
    }
}

/// How numbers are spread: moments, percentiles, a histogram.
struct Spread: Encodable {
    let count: Int
    /// NaN and infinities, which are in none of the other fields.
    let nonFinite: Int
    let min: Float
    let mean: Double
    let max: Float
    let percentiles: [String: Float]
    /// Numbers in bins of equal width from `min` to `max`.
    let histogram: [Int]

    private static let bins = 16
    private static let shown = [1, 5, 25, 50, 75, 95, 99]

    init(_ all: [Float]) {
        let numbers = all.filter(\.isFinite).sorted()
        count = all.count
        nonFinite = all.count - numbers.count
        (min, max) = (numbers.first ?? 0, numbers.last ?? 0)
        mean = numbers.isEmpty ? 0 : numbers.reduce(0) { $0 + Double($1) } / Double(numbers.count)
        percentiles = Dictionary(
            uniqueKeysWithValues: Self.shown.map {
                ("p\($0)", numbers.isEmpty ? 0 : numbers[(numbers.count - 1) * $0 / 100])
            })
        var histogram = [Int](repeating: 0, count: Self.bins)
        let width = (Double(max) - Double(min)) / Double(Self.bins)
        for number in numbers {
            histogram[width > 0 ? Swift.min(Int((Double(number) - Double(min)) / width), Self.bins - 1) : 0] += 1
        }
        self.histogram = histogram
    }

    func print(_ name: String) throws {
        try Terminal.output.line("\n" + Terminal.bold(name))
        var list = FieldList()
        list.add("min", "\(min)")
        list.add("mean", Units.short(mean))
        list.add("max", "\(max)")
        for percentile in Self.shown { list.add("\(percentile) %", "\(percentiles["p\(percentile)"] ?? 0)") }
        if nonFinite > 0 { list.add("not finite", "\(nonFinite)") }
        try list.print(indent: "  ")
        try printHistogram()
    }

    private func printHistogram() throws {
        let most = Swift.max(histogram.max() ?? 0, 1)
        let width = (Double(max) - Double(min)) / Double(Self.bins)
        var table = TextTable(["from", "count", ""], left: [""])
        for (bin, count) in histogram.enumerated() {
            let bar = String(repeating: "#", count: (count * 48 + most - 1) / most)
            table.add([Units.short(Double(min) + Double(bin) * width), "\(count)", bar])
        }
        try table.print(indent: "  ")
    }
}
