import EmbCodecs
import EmbFormat
import EmbIO
import EmbKernels
import EmbStore
import EmbStorePack
import EmbTestSupport
import Testing

/// What packing promises beyond the vectors.
@Suite struct PackingTests {
    private func plan(_ values: [Float], dim: Int, _ expression: String, keys: ArraySource.Keys = .none) -> TablePlan {
        TablePlan(name: "t", source: ArraySource(name: "t", values, dim: dim, keys: keys), expression: expression)
    }

    /// Several chunks and several tiles, so that threads really take turns.
    @Test func `the bytes do not depend on the number of threads`() async throws {
        let values = TestTables.values(rows: 50_000, dim: 48)
        let folder = try TemporaryFolder()
        for expression in ["int8", "rotation | int4", "hashed(rows=700, probes=2) | f16"] {
            var files: [[UInt8]] = []
            for threads in [1, 2, 7] {
                var packer = Packer()
                packer.threads = threads
                packer.replacing = true
                let path = folder.path(of: "table.emb")
                _ = try await packer.pack([plan(values, dim: 48, expression)], to: path)
                files.append(try folder.read("table.emb"))
            }
            #expect(files[0] == files[1] && files[0] == files[2], "\(expression)")
        }
    }

    @Test func `a failing disk leaves the old file or the new one`() async throws {
        let values = TestTables.values(rows: 400, dim: 16)
        let old: [UInt8] = Array("old".utf8)
        let whole = try await packed(values, Faults())
        for capacity in [0, 1, 4096, 12_000] {
            var faults = Faults()
            faults.capacity = capacity
            let disk = FaultyFileSystem(faults)
            disk.put(old, at: "/d/t.emb")
            await #expect(throws: PackError.self) { try await self.pack(values, disk) }
            #expect(disk.contents(of: "/d/t.emb") == old)
            #expect(disk.paths == ["/d/t.emb"], "capacity \(capacity)")
        }
        for crash in 1..<40 {
            var faults = Faults()
            faults.crashAfter = crash
            let disk = FaultyFileSystem(faults)
            disk.put(old, at: "/d/t.emb")
            try? await pack(values, disk)
            for seed in 0..<4 {
                let found = disk.imageAfterCrash(seed: UInt64(seed))["/d/t.emb"]
                #expect(found == old || found == whole, "crash after \(crash) calls, image \(seed)")
            }
        }
    }

    @Test func `short and interrupted transfers change nothing`() async throws {
        let values = TestTables.values(rows: 400, dim: 16)
        var faults = Faults()
        faults.shortTransfers = 5
        faults.interruptEvery = 3
        #expect(try await packed(values, faults) == packed(values, Faults()))
    }

    private func packed(_ values: [Float], _ faults: Faults) async throws -> [UInt8]? {
        let disk = FaultyFileSystem(faults)
        try await pack(values, disk)
        return disk.contents(of: "/d/t.emb")
    }

    private func pack(_ values: [Float], _ disk: FaultyFileSystem) async throws {
        var packer = Packer()
        packer.fileSystem = disk
        packer.replacing = true
        _ = try await packer.pack([plan(values, dim: 16, "int8")], to: "/d/t.emb")
    }

    @Test func `NaN and infinities are kept, refused or replaced`() async throws {
        let folder = try TemporaryFolder()
        let values: [Float] = [1, 2, 3, .nan, .infinity, -1, 4, -.infinity, 0]
        #expect(bits(try await TestTables.pack(values, dim: 3, "f32", in: folder).gather([0, 1, 2])) == bits(values))
        let refused = PackError.row(source: "t", row: 1, codec: "int8", .notFinite)
        await #expect(throws: refused) { try await TestTables.pack(values, dim: 3, "int8", in: folder) }
        await #expect(throws: PackError.row(source: "t", row: 1, codec: "f32", .notFinite)) {
            try await TestTables.pack(values, dim: 3, "rotation | f32", in: folder)
        }
        let clamped = try await TestTables.pack(values, dim: 3, "int16", in: folder) { $0.nonFinite = .clamp }
        let found = try clamped.gather([1, 2])
        for (a, b) in zip(found, [0, -1, -1, 4, 0, 0] as [Float]) { #expect(abs(a - b) < 1e-3) }
    }

    @Test func `duplicate keys are refused, or the first or last kept`() async throws {
        let folder = try TemporaryFolder()
        let values: [Float] = [0, 10, 1, 11, 2, 12, 3, 13]
        let keys = ArraySource.Keys.integers([7, 8, 7, 7])
        let twice = PackError.index(source: "t", .duplicateKey("7", first: 0, row: 2))
        await #expect(throws: twice) { try await TestTables.pack(values, dim: 2, "f32", keys: keys, in: folder) }
        for (policy, row) in [(DuplicatePolicy.first, [0, 10]), (.last, [3, 13])] as [(DuplicatePolicy, [Float])] {
            let table = try await TestTables.pack(values, dim: 2, "f32", keys: keys, in: folder) {
                $0.duplicates = policy
            }
            #expect(try table.gather([7, 8]) == row + [1, 11])
            #expect(table.rowCount == 2)
        }
    }

    @Test func `rows are numbered as the source does, whatever was left out before them`() async throws {
        let folder = try TemporaryFolder()
        let keys = ArraySource.Keys.strings(["a", "a", "b", "c"].map { Array($0.utf8) })
        let table = try await TestTables.pack([0, 1, 2, 3], dim: 1, "f32", keys: keys, in: folder) {
            $0.duplicates = .first
            $0.defaultRow = .row(3)
            $0.missing = .default
        }
        #expect(try table.gather(["zebra", "b"]) == [3, 2])
        await #expect(throws: PackError.row(source: "t", row: 3, codec: "int8", .notFinite)) {
            try await TestTables.pack([0, 1, 2, .nan], dim: 1, "int8", keys: keys, in: folder) {
                $0.duplicates = .first
            }
        }
        await #expect(throws: PackError.self) {
            try await TestTables.pack([0, 1, 2, 3], dim: 1, "f32", keys: keys, in: folder) {
                $0.duplicates = .first
                $0.defaultRow = .row(1)
            }
        }
    }

    /// Tiles of duplicates only have no rows, and thus neither integer nor string keys.
    @Test func `a tile may be left out whole`() async throws {
        let folder = try TemporaryFolder()
        let dim = 65_536
        let values = (0..<100).flatMap { [Float](repeating: Float($0), count: dim) }
        let keys = ArraySource.Keys.strings((0..<100).map { Array(($0 < 99 ? "a" : "b").utf8) })
        let table = try await TestTables.pack(values, dim: dim, "int2", keys: keys, in: folder) {
            $0.duplicates = .first
        }
        #expect(try table.gather(["b", "a"], dims: 1) == [99, 0])
    }

    @Test func `keys are of the kind that the expression says, if it says one`() async throws {
        let folder = try TemporaryFolder()
        let keys = ArraySource.Keys.strings(["a", "b"].map { Array($0.utf8) })
        let table = try await TestTables.pack([1, 2], dim: 1, "keyed | f32", keys: keys, in: folder)
        #expect(table.entry.expression == "keyed(string) | f32")
        await #expect(throws: PackError.index(source: "t", .wrongKind(found: .string, expected: .integer))) {
            try await TestTables.pack([1, 2], dim: 1, "keyed(u64) | f32", keys: keys, in: folder)
        }
    }

    @Test func `the default row is named by number or key`() async throws {
        let folder = try TemporaryFolder()
        let values: [Float] = [0, 10, 1, 11, 2, 12]
        let keys = ArraySource.Keys.strings(["a", "<unk>", "c"].map { Array($0.utf8) })
        for row in [DefaultRow.row(1), .key("<unk>")] {
            let table = try await TestTables.pack(values, dim: 2, "f32", keys: keys, in: folder) {
                $0.defaultRow = row
                $0.missing = .default
            }
            #expect(try table.gather(["zebra", "c"]) == [1, 11, 2, 12])
        }
        await #expect(throws: PackError.self) {
            try await TestTables.pack(values, dim: 2, "f32", keys: keys, in: folder) { $0.defaultRow = .key("no") }
        }
    }

    @Test func `features read their table, and tables share equal columns`() async throws {
        let folder = try TemporaryFolder()
        let keys = ArraySource.Keys.integers([5, 6])
        var plans = [plan([1, 2], dim: 1, "f32", keys: keys), plan([3, 4], dim: 1, "f32", keys: keys)]
        plans[1].name = "u"
        plans[1].features = ["item", "last item"]
        let path = folder.path(of: "two.emb")
        _ = try await Packer().pack(plans, to: path)
        let store = try Store(path: path)
        #expect(store.catalog.segments.count == 4)  // rows twice, buckets and keys once
        #expect(try store.feature("last item").gather([6, 5]) == [4, 3])
        #expect(throws: StoreError.noSuchFeature("user", known: ["item", "last item"])) { try store.feature("user") }
        #expect(throws: StoreError.noSuchTable("v", known: ["t", "u"])) { try store.table("v") }
    }

    @Test func `what open would refuse is not written`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path(of: "no.emb")
        let changes: [(inout TablePlan) -> Void] = [
            { $0.name = "" },
            { $0.features = ["f", "f"] },
            { $0.features = [String(repeating: "f", count: 256)] },
            { $0.attributes = [TableEntry.Attribute(key: "packed.nmse", value: "0")] },
            { $0.attributes = [TableEntry.Attribute(key: "a", value: String(repeating: "v", count: 65_536))] },
        ]
        for change in changes {
            var plan = plan([1, 2], dim: 1, "f32")
            change(&plan)
            await refuses(Packer(), plan, path)
        }
        let sound = plan([1, 2], dim: 1, "f32")
        await refuses(Packer(), sound, features: [FeatureEntry(name: "f", table: 1)], path)
        var packer = Packer()
        packer.writer = "caf\u{e9}"
        await refuses(packer, sound, path)
        #expect(throws: StoreError.self) { try Store(path: path) }
        var large = sound
        large.storage = .init(.lz4, blockBytes: .max)
        _ = try await Packer().pack([large], to: path)
        #expect(try Store(path: path).table("t").gather([1]) == [2])
    }

    private func refuses(
        _ packer: Packer, _ plan: TablePlan, features: [FeatureEntry] = [], _ path: String,
        location: SourceLocation = #_sourceLocation
    ) async {
        do throws(PackError) {
            _ = try await packer.pack([plan], features: features, to: path)
            Issue.record("packed", sourceLocation: location)
        } catch {
            #expect(error.code == "BAD_PLAN", sourceLocation: location)
        }
    }

    /// The residual of least squares is orthogonal to whatever the rows can make.
    @Test(arguments: ["hashed(rows=40)", "hashed(rows=40, probes=2)", "hashed(rows=40, probes=2, combine=mean)"])
    func `a fit is a least squares fit`(_ indexer: String) async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 200, dim: 3)
        let table = try await TestTables.pack(values, dim: 3, indexer + " | f32", in: folder)
        let fitted = try table.gather(Array(0..<200))
        var sums: [UInt32: [Double]] = [:]
        for id in 0..<200 {
            for row in try rows(table, id) {
                for j in 0..<3 {
                    sums[row, default: [0, 0, 0]][j] += Double(values[id * 3 + j] - fitted[id * 3 + j])
                }
            }
        }
        for (row, sum) in sums { for j in 0..<3 { #expect(abs(sum[j]) < 1e-3, "row \(row)") } }
    }

    private func rows(_ table: EmbeddingTable, _ id: Int) throws -> [UInt32] {
        let salt = (0..<table.index.probes).map { KeyHash.salt(seed: 0, probe: $0) }
        return salt.map { UInt32(KeyHash.reduce(KeyHash.hash(UInt64(id), salt: $0), table.rowCount)) }
    }

    @Test func `what packing cost is what lookups show`() async throws {
        let folder = try TemporaryFolder()
        let values = TestTables.values(rows: 3000, dim: 20)
        for expression in ["int4", "rotation | int2", "hashed(rows=900, probes=2) | rotation | int8"] {
            let path = folder.path(of: "t.emb")
            var packer = Packer()
            packer.replacing = true
            let report = try await packer.pack([plan(values, dim: 20, expression)], to: path).reports[0]
            let rows = try Store(path: path).table("t").gather(Array(0..<3000))
            var (error, energy) = (0.0, 0.0)
            for (a, b) in zip(values, rows) {
                error += Double(a - b) * Double(a - b)
                energy += Double(a) * Double(a)
            }
            let nmse = try #require(report.quality).nmse
            #expect(abs(nmse - error / energy) < 1e-5 * nmse, "\(expression)")
        }
    }
}
