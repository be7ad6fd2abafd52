internal import EmbFormat
internal import EmbKernels

extension Tiers {
    /// - Parameter parameters: `ends`, and those of nested stages by the names that their columns have here: `0.pq.codebooks`.
    public func makeEncoder(
        shape: StoredShape, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any RowEncoder {
        guard let column = parameters["ends"], column.shape == endsShape else {
            throw ExpressionError(.badArgument, "tiers: no ends, one u32 for each tier, were fitted or given")
        }
        let ends = (0..<sizes.count).map { tier in
            column.bytes[4 * tier..<4 * tier + 4].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        guard ends.last == shape.rowCount, zip(ends, ends.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw ExpressionError(.badArgument, "tiers: ends \(ends) descend or do not end at row \(shape.rowCount)")
        }
        var tiers: [TiersEncoder.Tier] = []
        for (number, composition) in nested.enumerated() {
            let start = number == 0 ? 0 : ends[number - 1]
            let own = parameters.nested("\(number)")
            tiers.append(try Self.tier(composition, start..<ends[number], shape.dim, own))
        }
        return TiersEncoder(dim: shape.dim, ends: column, tiers: tiers)
    }

    private static func tier(
        _ composition: Composition, _ rows: Range<UInt64>, _ dim: Int, _ parameters: [String: ColumnData]
    ) throws(ExpressionError) -> TiersEncoder.Tier {
        var transforms: [any TransformEncoder] = []
        for (transform, width) in zip(composition.transforms, try composition.widths(dim: dim)) {
            let own = parameters.nested(type(of: transform).name)
            transforms.append(try transform.makeEncoder(outputDim: width, parameters: own))
        }
        let shape = try composition.storedShape(rowCount: UInt64(rows.count), dim: dim)
        let codec = composition.rowCodec
        let encoder = try codec.makeEncoder(shape: shape, parameters: parameters.nested(type(of: codec).name))
        // Calls of `encode` begin at multiples of `endMultiple`, and must be at multiples of its own for the tier's codec.
        let block = UInt64(encoder.blockRows)
        let staysInOneCall = rows.isEmpty || rows.lowerBound / endMultiple == (rows.upperBound - 1) / endMultiple
        guard endMultiple % block == 0, rows.lowerBound % block == 0 || staysInOneCall else {
            throw ExpressionError(
                .badArgument,
                "tiers: \(type(of: codec).name) packs \(block) rows together, and its tier begins at row \(rows.lowerBound)"
            )
        }
        return TiersEncoder.Tier(
            rows: rows, composition: composition, transforms: transforms, encoder: encoder, storedDim: shape.dim)
    }
}

/// Encodes each row as its tier does.
struct TiersEncoder: RowEncoder {
    struct Tier: Sendable {
        let rows: Range<UInt64>
        let composition: Composition
        /// Outermost first.
        let transforms: [any TransformEncoder]
        let encoder: any RowEncoder
        let storedDim: Int
    }

    let columns: [EncodedColumn]
    private let dim: Int
    private let tiers: [Tier]
    /// Where in `columns` those of each tier's row codec are.
    private let places: [Range<Int>]

    init(dim: Int, ends: ColumnData, tiers: [Tier]) {
        self.dim = dim
        self.tiers = tiers
        var columns = [EncodedColumn("ends", ends.shape, bytes: ends.bytes)]
        var places: [Range<Int>] = []
        for (number, tier) in tiers.enumerated() {
            let codec = "\(number).\(type(of: tier.composition.rowCodec).name)"
            places.append(columns.count..<columns.count + tier.encoder.columns.count)
            columns += tier.encoder.columns.map { $0.nested(codec) }
            for (stage, transform) in zip(tier.composition.transforms, tier.transforms) {
                let prefix = "\(number).\(type(of: stage).name)"
                columns += transform.columns.map { EncodedColumn("\(prefix).\($0.name)", $0.shape, bytes: $0.bytes) }
            }
        }
        self.columns = columns
        self.places = places
    }

    var blockRows: Int { Int(Tiers.endMultiple) }

    func encode(
        _ values: Span<Float>, firstRow: UInt64, into bytes: inout [[UInt8]], _ kernels: Kernels
    ) throws(EncodeError) {
        let all = firstRow..<firstRow + UInt64(values.count / dim)
        for (tier, places) in zip(tiers, places) {
            let rows = all.clamped(to: tier.rows)
            guard !rows.isEmpty else { continue }
            let first = Int(rows.lowerBound - firstRow)
            var numbers: [Float] = []
            numbers.reserveCapacity(rows.count * dim)
            for i in first * dim..<(first + rows.count) * dim { numbers.append(values[i]) }
            for transform in tier.transforms { numbers = Self.apply(transform, numbers, kernels) }
            var own = Array(bytes[places])
            do throws(EncodeError) {
                let start = rows.lowerBound - tier.rows.lowerBound
                try tier.encoder.encode(numbers.span, firstRow: start, into: &own, kernels)
            } catch {
                throw EncodeError(row: first + error.row, error.refusal)
            }
            bytes.replaceSubrange(places, with: own)
        }
    }

    private static func apply(_ encoder: any TransformEncoder, _ values: [Float], _ kernels: Kernels) -> [Float] {
        let reader = encoder.reader
        var output = [Float](repeating: 0, count: values.count / reader.outputDim * reader.inputDim)
        var span = output.mutableSpan
        encoder.apply(values.span, into: &span, kernels)
        return output
    }

    func finish(_ bytes: inout [[UInt8]]) {
        for (tier, places) in zip(tiers, places) {
            var own = Array(bytes[places])
            tier.encoder.finish(&own)
            bytes.replaceSubrange(places, with: own)
        }
    }

    func decode(_ bytes: [[UInt8]], firstRow: UInt64, into values: inout MutableSpan<Float>, _ kernels: Kernels) {
        let all = firstRow..<firstRow + UInt64(values.count / dim)
        for (tier, places) in zip(tiers, places) {
            let rows = all.clamped(to: tier.rows)
            guard !rows.isEmpty else { continue }
            var numbers = [Float](repeating: 0, count: rows.count * tier.storedDim)
            var span = numbers.mutableSpan
            let start = rows.lowerBound - tier.rows.lowerBound
            tier.encoder.decode(Array(bytes[places]), firstRow: start, into: &span, kernels)
            for transform in tier.transforms.reversed() {
                let reader = transform.reader
                var output = [Float](repeating: 0, count: rows.count * reader.outputDim)
                var whole = output.mutableSpan
                reader.apply(numbers.span, into: &whole, kernels)
                numbers = output
            }
            let first = Int(rows.lowerBound - firstRow) * dim
            var part = values._mutatingExtracting(first..<first + numbers.count)
            part.update(from: numbers.span)
        }
    }
}

extension [String: ColumnData] {
    /// Those that begin with `prefix` and a point, without both.
    fileprivate func nested(_ prefix: String) -> [String: ColumnData] {
        var own: [String: ColumnData] = [:]
        for (name, column) in self where name.hasPrefix(prefix + ".") {
            let short = String(name.dropFirst(prefix.utf8.count + 1))
            own[short] = ColumnData(short, column.shape, bytes: column.bytes)
        }
        return own
    }
}
