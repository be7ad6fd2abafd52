import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// The 26 fields of Criteo Kaggle, 33.8 M ids, as one unified file of a few sizes.
@Suite struct CriteoTests {
    private static let fields: [UInt64] = [
        1460, 583, 10_131_227, 2_202_608, 305, 24, 12_517, 633, 3, 93_145, 5683, 8_351_593, 3194, 27, 14_992, 5_461_306,
        10,
        5652, 2173, 4, 7_046_547, 18, 15, 286_181, 105, 142_572,
    ]
    private static let (width, probes, tables) = (16, 2, UInt64(4))
    /// Fields of no more ids than this have rows of their own.
    private static let few: UInt64 = 1000

    /// Rows that the small fields own, and a feature for each field. Those that are hashed take the sub-tables in turns.
    private static let (owned, features): (UInt64, [FeatureEntry]) = {
        var (owned, next): (UInt64, UInt64) = (0, 0)
        let features = fields.enumerated().map { f, ids in
            guard ids <= few else {
                let arguments = (f == 0 ? [] : ["salt=\(f)"]) + (next == 0 ? [] : ["tables=\(next)-\(next + 1)"])
                next = (next + UInt64(probes)) % tables
                return FeatureEntry(name: "C\(f + 1)", table: 0, arguments: arguments.joined(separator: ", "))
            }
            defer { owned += ids * UInt64(probes) }
            return FeatureEntry(name: "C\(f + 1)", table: 0, arguments: "first=\(owned), ids=\(ids)")
        }
        return (owned, features)
    }()

    @Test(arguments: [25_000_000, 12_500_000, 2_500_000]) func `all fields share one file`(_ bytes: UInt64) async throws
    {
        #expect(Self.fields.reduce(0, +) == 33_762_577 && Self.fields.count == 26)
        let rowBytes = UInt64(Self.width * 4)
        let budget = Budget(idCount: 33_762_577, dim: Self.width * Self.probes, bytes: bytes)
        let shared = try budget.unifiedRows(rowBytes: rowBytes, tables: Self.tables, owned: Self.owned)
        let rows = shared * Self.tables + Self.owned
        #expect(rows * rowBytes <= bytes && (rows + Self.tables) * rowBytes > bytes)

        let folder = try TemporaryFolder()
        let path = folder.path(of: "criteo.emb")
        let values = (0..<Int(rows) * Self.width).map { Float($0 % 8191) - 4095 }
        var plan = TablePlan(
            name: "criteo", source: ArraySource(name: "criteo", values, dim: Self.width),
            expression:
                "unified(rows=\(shared), width=\(Self.width), tables=\(Self.tables), probes=\(Self.probes)) | f32")
        plan.rowsAreStored = true
        plan.missing = .zero
        _ = try await Packer().pack([plan], features: Self.features, to: path)
        let store = try Store(path: path)
        try check(store, rows: rows, rowBytes)
        try checkLookups(store, values, shared)
    }

    /// The file is a superblock, the rows, aligned, and the catalog: not a byte for ids, hashes or probes.
    private func check(_ store: Store, rows: UInt64, _ rowBytes: UInt64) throws {
        #expect(store.catalog.segments.map(\.rawBytes) == [rows * rowBytes])
        let start = rows * rowBytes >= 2 << 20 ? UInt64(2 << 20) : 4096
        let catalog = (start + rows * rowBytes + 63) / 64 * 64
        #expect(store.superblock.catalogOffset == catalog)
        #expect(UInt64(store.byteCount) == catalog + store.superblock.catalogBytes)
        #expect(store.superblock.catalogBytes < 2000)
    }

    /// 26 features of 64 samples in one call.
    private func checkLookups(_ store: Store, _ values: [Float], _ shared: UInt64) throws {
        let batch = FeatureBatch(try Self.features.map { .init(try store.feature($0.name)) })
        #expect(batch.dim == 26 * 32)
        let samples = 64
        var random = SplitMix64(seed: 11)
        let ids = Self.fields.flatMap { ids in
            (0..<samples).map { _ in Int64.random(in: 0..<Int64(ids), using: &random) }
        }
        var out = [Float](repeating: 0, count: samples * batch.dim)
        var span = out.mutableSpan
        try batch.gather(.int64(ids.span), samples: samples, into: &span)
        let starts = Self.features.map { $0.arguments.split(separator: ",").first?.split(separator: "=").last }
        for (f, feature) in Self.features.enumerated() {
            for s in 0..<samples {
                let id = UInt64(ids[f * samples + s])
                let rows = (0..<Self.probes).map { p in
                    if feature.arguments.hasPrefix("first") {
                        return shared * Self.tables + UInt64(starts[f]!)! + id * UInt64(Self.probes) + UInt64(p)
                    }
                    let hash = KeyHash.hash(id, salt: KeyHash.salt(seed: UInt64(f), probe: p))
                    let first: UInt64 = feature.arguments.contains("tables=2-3") ? 2 : 0
                    return (first + UInt64(p)) * shared + KeyHash.reduce(hash, shared)
                }
                let expected = rows.flatMap { row in values[Int(row) * Self.width..<Int(row + 1) * Self.width] }
                let place = s * batch.dim + f * 32
                #expect(Array(out[place..<place + 32]) == expected, "C\(f + 1), sample \(s)")
            }
        }
    }
}
