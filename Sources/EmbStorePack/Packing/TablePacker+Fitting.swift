internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

// Order, frequencies and fitted parameters.
extension TablePacker {
    /// The rows in the order in which they are stored; nil for the source's own.
    static func ordered(_ plan: TablePlan, _ composition: Composition) throws(PackError) -> OrderedSource? {
        if let dedup = composition.rowMaps.lazy.compactMap({ $0 as? Dedup }).first, !plan.rowsAreStored {
            return try deduped(plan, composition, dedup)
        }
        guard plan.order != .source else { return nil }
        guard composition.indexer.ownsRows, !plan.rowsAreStored, plan.duplicates == .error else {
            throw .plan(
                source: plan.source.shape.name, field: "order", found: plan.order.rawValue,
                expected: "source, where ids share rows, rows are stored as given or duplicates are dropped")
        }
        return try OrderedSource.read(plan.source, plan.order, frequencies: plan.frequencies)
    }

    /// The rows that `dedup` stores.
    private static func deduped(
        _ plan: TablePlan, _ composition: Composition, _ dedup: Dedup
    ) throws(PackError) -> OrderedSource {
        guard composition.indexer.ownsRows, composition.rowMaps.count == 1, plan.order == .source,
            plan.duplicates == .error
        else {
            throw .plan(
                source: plan.source.shape.name, field: "dedup", found: composition.description,
                expected: "an indexer with a row for each id, no other row map, rows in the order of the source, "
                    + "no keys dropped")
        }
        return try OrderedSource.deduped(plan.source, dedup)
    }

    /// Frequencies in the order in which rows are stored; a row that stands for others is asked for as often as all of them.
    static func frequencies(_ plan: TablePlan, _ ordered: OrderedSource?) throws(PackError) -> [Float]? {
        guard let frequencies = plan.frequencies else { return nil }
        guard plan.duplicates == .error else {
            throw .plan(
                source: plan.source.shape.name, field: "frequencies", found: "with duplicates dropped",
                expected: "a source without duplicates")
        }
        if let count = plan.source.shape.rowCount, count != UInt64(frequencies.count) {
            throw .plan(
                source: plan.source.shape.name, field: "frequencies", found: "\(frequencies.count)",
                expected: "one for each of \(count) rows")
        }
        if let bad = frequencies.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
            throw .plan(
                source: plan.source.shape.name, field: "frequency of row \(bad)", found: "\(frequencies[bad])",
                expected: "0 or more")
        }
        guard let ordered else { return frequencies }
        var stored = [Float](repeating: 0, count: ordered.order.count)
        for (place, frequency) in zip(ordered.places, frequencies) { stored[Int(place)] += frequency }
        return stored
    }

    func fitter(_ shape: StoredShape) -> CompositionFitter {
        CompositionFitter(
            composition: composition, given: plan.parameters, rowCount: shape.rowCount,
            frequencies: composition.indexer.ownsRows ? frequencies : nil, source: plan.source.shape.name,
            threads: threads
        ) { share in
            progress(
                PackProgress(table: plan.name, part: .learning, rowsDone: UInt64(share * 1000), rowCount: 1000))
        }
    }

    /// Rows of the source to fit stages to; nil if there is nothing to fit, or the rows are not embeddings and nothing but
    /// the row codec could be fitted to them.
    func readSample(_ idCount: UInt64) throws(PackError) -> FitSample? {
        let fitter = self.fitter(StoredShape(rowCount: idCount, dim: dim))
        guard fitter.needsSample else { return nil }
        let width = plan.source.shape.dim
        var draw = SampleDraw(rowCount: idCount, limit: FitSample.rowLimit(dim: width))
        var sample = FitSample(values: [], dim: width, weights: [], positions: [])
        var position: UInt64 = 0
        while let rows = try reader.next() {
            for row in 0..<rows.count {
                if draw.takesNext() {
                    sample.values.append(rows.values.extracting(row * width..<(row + 1) * width))
                    sample.weights.append(try weight(of: position))
                    sample.positions.append(position)
                }
                position += 1
            }
        }
        try reader.rewind()
        try finite(&sample)
        return sample
    }

    private func weight(of row: UInt64) throws(PackError) -> Float {
        guard let frequencies else { return 1 }
        guard row < frequencies.count else {
            throw .plan(
                source: plan.source.shape.name, field: "frequencies", found: "\(frequencies.count)",
                expected: "one for each row")
        }
        return frequencies[Int(row)]
    }

    /// Rows as packing will have them: refused or clamped.
    private func finite(_ sample: inout FitSample) throws(PackError) {
        let chain = TransformChain(encoders: [], dim: sample.dim, nonFinite: plan.nonFinite, passesNonFinite: false)
        do throws(EncodeError) {
            sample.values = try chain.encode(sample.values.span)
        } catch {
            throw .row(
                source: plan.source.shape.name, row: sourceRow(sample.positions[error.row]),
                codec: composition.rowCodec.syntax.description, error.refusal)
        }
    }

    /// The number in the source of the `row`-th row read.
    func sourceRow(_ row: UInt64) -> UInt64 { ordered.map { UInt64($0.order[Int(row)]) } ?? row }

    /// The columns of row maps: the places that ordering gave the rows, or what was imported.
    func addMaps(_ columns: inout [TableEntry.Column]) throws(PackError) {
        for map in composition.rowMaps {
            var data = plan.parameters.parameters(of: map)
            if map is Remapped, let ordered {
                let bytes = ordered.places.flatMap { place in
                    (0..<4).map { UInt8(truncatingIfNeeded: place >> (8 * $0)) }
                }
                let shape = ColumnShape(.u32, rows: UInt64(ordered.order.count), width: 1)
                data["rows"] = ColumnData("rows", shape, bytes: bytes)
            }
            if map is Dedup, let blocks = ordered?.blocks {
                let bytes = blocks.flatMap { block in (0..<4).map { UInt8(truncatingIfNeeded: block >> (8 * $0)) } }
                data["blocks"] = ColumnData("blocks", ColumnShape(.u32, rows: UInt64(blocks.count)), bytes: bytes)
            }
            var ready: [ColumnData] = []
            for name in map.columnNames {
                guard let column = data[name] else {
                    throw .plan(
                        source: plan.source.shape.name, field: "column \(type(of: map).name).\(name)", found: "none",
                        expected: "an order of rows other than source, or an imported map")
                }
                ready.append(column)
            }
            try add(ready, type(of: map).name, &columns)
        }
    }
}

extension [String: ColumnData] {
    /// Of columns by the names that they have in the file, those of a stage by its own names.
    func parameters(of stage: any Stage) -> [String: ColumnData] {
        let prefix = type(of: stage).name + "."
        var own: [String: ColumnData] = [:]
        for (name, column) in self where name.hasPrefix(prefix) {
            let short = String(name.dropFirst(prefix.count))
            own[short] = ColumnData(short, column.shape, bytes: column.bytes)
        }
        return own
    }
}
