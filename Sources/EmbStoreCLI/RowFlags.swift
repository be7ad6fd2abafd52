import ArgumentParser
import EmbCodecs
import EmbKernels
import EmbStore
import EmbStorePack

/// `inspect --row` and `--key`: the way from a key to numbers, step by step.
struct RowFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Show this stored row.", valueName: "number"))
    var row: UInt64?

    @Option(help: ArgumentHelp("Show what this id or key leads to.", valueName: "key"))
    var key: String?

    @Option(help: ArgumentHelp("Compare with this source.", valueName: "source"), completion: .file())
    var against: String?

    @OptionGroup var source: SourceFlags

    var isUsed: Bool { row != nil || key != nil }

    func validate() throws {
        guard row == nil || key == nil else { throw ValidationError("--row and --key name the same thing; give one") }
        guard isUsed || against == nil else {
            throw ValidationError("--against needs --row or --key; verify compares all rows")
        }
        guard against != nil || (!source.saysHowToOpen && (source.keyType == nil || key != nil)) else {
            throw ValidationError("options of a source need --against")
        }
    }

    func print(_ store: Store, _ table: EmbeddingTable, _ told: OutputOptions) throws {
        var found = try RowDescription(store, table, row: row, key: key, source.keyType)
        if let against { try found.compare(try original(against, found, table)) }
        try told.json ? JSON.print(found) : found.print()
    }

    /// The numbers of the same row in the source.
    private func original(_ path: String, _ found: RowDescription, _ table: EmbeddingTable) throws -> [Float] {
        let opened = try source.open([path])
        guard let one = opened.first(where: { opened.count == 1 || $0.tableName == table.name }) else {
            throw Failure.usage("\(path) has several tables and none is called \"\(table.name)\"; --tensor chooses one")
        }
        guard one.source.shape.dim == table.dim else {
            throw Failure(
                .badData, "WRONG_SHAPE", "\(path) has dim \(one.source.shape.dim), table \"\(table.name)\" \(table.dim)"
            )
        }
        guard let wanted = found.wantedKey, let row = try Self.find(wanted, in: one.source) else {
            throw Failure(
                .badData, "MISSING_ID", "\(path) has no row for \(found.key.map { "key \($0)" } ?? "this row")")
        }
        return row
    }

    private static func find(_ wanted: [UInt8], in source: any RowSource) throws -> [Float]? {
        let number = IDBatch.bits(wanted)
        let tile = RowTile(for: source.shape)
        var position: UInt64 = 0
        while try source.next(into: tile) > 0 {
            if let row = place(wanted, number, in: tile, position) {
                let values = tile.values.extracting(row * tile.dim..<(row + 1) * tile.dim)
                return values.indices.map { values[$0] }
            }
            position += UInt64(tile.count)
        }
        return nil
    }

    private static func place(_ wanted: [UInt8], _ number: UInt64?, in tile: RowTile, _ position: UInt64) -> Int? {
        switch tile.keys {
        case .none:
            return number.flatMap { $0 >= position && $0 - position < UInt64(tile.count) ? Int($0 - position) : nil }
        case .integers: return (0..<tile.count).first { tile.integerKeys[$0] == number }
        case .strings:
            return (0..<tile.count).first { row in
                let key = tile.key(row)
                return key.count == wanted.count && key.indices.allSatisfy { key[$0] == wanted[$0] }
            }
        }
    }
}
