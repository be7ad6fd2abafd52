import EmbCodecs
import EmbFormat
import EmbKernels
import EmbStore
import EmbStorePack
import EmbTestSupport
import Foundation
import Testing

/// The test vectors of Formats/vectors: written, and their lookups computed, by the second implementation.
@Suite struct VectorTests {
    @Test(arguments: VectorCase.names) func `packing the source gives the vector's bytes`(_ name: String) async throws {
        let vector = try VectorCase.load(name)
        if vector.unpacked == true { return }
        let folder = try TemporaryFolder()
        let path = folder.path(of: "packed.emb")
        try await vector.pack(to: path)
        let packed = try Data(contentsOf: URL(filePath: path))
        let expected = try Data(contentsOf: URL(filePath: VectorCase.path(name)))
        if vector.encoding == nil || vector.encoding == "raw" {
            #expect(packed == expected, "first difference at byte \(firstDifference(packed, expected))")
        }
        try vector.checkLookups(Store(path: path))
        try vector.checkSearches(Store(path: path))
    }

    @Test(arguments: VectorCase.names) func `lookups in the vector give its bits`(_ name: String) throws {
        let store = try Store(path: VectorCase.path(name))
        try VectorCase.load(name).checkLookups(store)
        try VectorCase.load(name).checkSearches(store)
    }

    private func firstDifference(_ a: Data, _ b: Data) -> Int {
        zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(a.count, b.count)
    }
}

extension VectorCase {
    /// Packs the case's tables with our own writer.
    func pack(to path: String) async throws {
        var packer = Packer()
        packer.generation = generation ?? 1
        packer.writer = writer ?? packer.writer
        let names = tables.map(\.name)
        let features = (self.features ?? []).map {
            FeatureEntry(
                name: $0.name, table: UInt32(names.firstIndex(of: $0.table)!), arguments: $0.arguments ?? "")
        }
        _ = try await packer.pack(tables.map(plan), features: features, to: path)
    }

    private func plan(_ table: Table) -> TablePlan {
        let words = table.source.values.flatMap { $0 }.map { Float(bitPattern: UInt32($0, radix: 16)!) }
        let keys: ArraySource.Keys =
            switch table.source.keys {
            case nil: .none
            case .signed(let keys): .integers(keys.map { UInt64(bitPattern: $0) })
            case .unsigned(let keys): .integers(keys)
            case .strings(let keys): .strings(keys.map { Array($0.utf8) })
            }
        let width = table.source.values.first?.count ?? table.dim
        let count = table.source.keys?.count ?? table.source.values.count
        let ownKeys = count == table.source.values.count
        var plan = TablePlan(
            name: table.name, source: ArraySource(name: table.name, words, dim: width, keys: ownKeys ? keys : .none),
            expression: table.expression)
        if !ownKeys { plan.keys = keys }
        plan.missing = MissingPolicy.allCases.first { $0.name == table.missing } ?? .error
        plan.defaultRow = table.defaultRow.map { .row($0) }
        plan.attributes = (table.attributes ?? [:]).map { TableEntry.Attribute(key: $0.key, value: $0.value) }
        plan.parameters = (table.parameters ?? [:]).mapValues(column)
        plan.rowsAreStored = table.source.stored
        plan.idCount = table.source.idCount
        plan.dim = table.dim
        plan.recordsQuality = false
        if let encoding, let kind = SegmentEncoding.allCases.first(where: { $0.name == encoding }), kind != .raw {
            plan.storage = StoreWriter.Storage(kind, blockBytes: blockBytes!)
        }
        return plan
    }

    private func column(_ parameter: Parameter) -> ColumnData {
        let digits = Array(parameter.hex.utf8.filter { $0 != UInt8(ascii: " ") })
        let bytes = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
        }
        let type = ElementType.allCases.first { $0.name == parameter.type }!
        return ColumnData("", ColumnShape(type, rows: parameter.rows, width: parameter.width), bytes: bytes)
    }

    /// Looks everything up and compares the bits.
    func checkLookups(_ store: Store) throws {
        for (number, lookup) in lookups.enumerated() {
            let table = try lookup.table.map(store.table) ?? store.feature(lookup.feature!)
            var found: [String]?
            var error: String?
            do { found = try lookup.run(table) } catch let refusal as LookupError { error = refusal.code }
            #expect(error == lookup.error, "lookup \(number): \(lookup.op)")
            guard let found, let expected = lookup.expected?.flatMap({ $0 }) else { continue }
            #expect(found.count == expected.count, "lookup \(number)")
            let wrong = zip(found, expected).enumerated().filter { !sameBits($0.element.0, $0.element.1) }
            #expect(
                wrong.isEmpty,
                "lookup \(number) \(lookup.op): number \(wrong.first?.offset ?? 0) is \(wrong.first?.element.0 ?? "")")
        }
    }

    /// Equal words; any NaN for a NaN.
    private func sameBits(_ found: String, _ expected: String) -> Bool {
        let nan: Bool
        switch expected {
        case "7fc00000": nan = Float(bitPattern: UInt32(found, radix: 16)!).isNaN
        case "7e00": nan = UInt16(found, radix: 16)! & 0x7FFF > 0x7C00
        case "7fc0": nan = UInt16(found, radix: 16)! & 0x7FFF > 0x7F80
        default: nan = false
        }
        return nan || found == expected
    }
}

extension VectorCase.Lookup {
    /// The result's words.
    func run(_ table: EmbeddingTable) throws -> [String] {
        switch ids {
        case .signed(let ids): try run(table, .int64(ids.span))
        case .unsigned(let ids): try run(table, .uint64(ids.span))
        case .strings(let ids): try run(table, .strings(ids.span))
        }
    }

    private func run(_ table: EmbeddingTable, _ ids: IDs) throws -> [String] {
        switch output {
        case "f16": try look(table, ids, zero: Float16(0)).map { word(UInt32($0.bitPattern), digits: 4) }
        case "bf16": try look(table, ids, zero: BFloat16(bitPattern: 0)).map { word(UInt32($0.bitPattern), digits: 4) }
        default: try look(table, ids).map { word($0.bitPattern, digits: 8) }
        }
    }

    private func word(_ bits: UInt32, digits: Int) -> String {
        let hex = String(bits, radix: 16)
        return String(repeating: "0", count: digits - hex.count) + hex
    }

    private var policy: MissingPolicy? { MissingPolicy.allCases.first { $0.name == missing } }
    private var factors: [Float]? { weights?.map { Float(bitPattern: UInt32($0, radix: 16)!) } }
    private func rows(_ ids: IDs) -> Int { op == "pool" ? max((offsets?.count ?? 1) - 1, 0) : ids.count }

    private func look(_ table: EmbeddingTable, _ ids: IDs) throws -> [Float] {
        var out = [Float](repeating: 77, count: rows(ids) * (dims ?? table.dim))
        var span = out.mutableSpan
        if op == "gather" {
            try table.gather(ids, into: &span, dims: dims, missing: policy)
        } else {
            let factors = self.factors ?? []
            let given: Span<Float>? = weights == nil ? nil : factors.span
            try table.pool(
                ids, .offsets64(offsets!.span), weights: given, PoolMode(rawValue: mode!)!, into: &span, dims: dims,
                missing: policy)
        }
        return out
    }

    private func look<Output: RoundedOutput>(_ table: EmbeddingTable, _ ids: IDs, zero: Output) throws -> [Output] {
        var out = [Output](repeating: zero, count: rows(ids) * (dims ?? table.dim))
        var span = out.mutableSpan
        if op == "gather" {
            try table.gather(ids, into: &span, dims: dims, missing: policy)
        } else {
            let factors = self.factors ?? []
            let given: Span<Float>? = weights == nil ? nil : factors.span
            try table.pool(
                ids, .offsets64(offsets!.span), weights: given, PoolMode(rawValue: mode!)!, into: &span, dims: dims,
                missing: policy)
        }
        return out
    }
}
