import EmbCodecs
import EmbStore
import EmbStorePack

/// Ids as they were written, read as what a table takes.
struct IDBatch {
    /// The ids' text, byte for byte.
    let texts: [[UInt8]]
    private let storage: Storage

    private enum Storage {
        case signed([Int64])
        case unsigned([UInt64])
        case strings(bytes: [UInt8], offsets: [UInt64])
    }

    /// - Parameter kind: `integer`: all must be whole numbers of 64 bits, signed or unsigned.
    init(_ texts: [[UInt8]], as kind: IDKind) throws {
        self.texts = texts
        guard kind == .integer else {
            let ends = texts.reduce(into: [UInt64(0)]) { $0.append($0.last! + UInt64($1.count)) }
            storage = .strings(bytes: texts.flatMap { $0 }, offsets: ends)
            return
        }
        let words = texts.map { String(decoding: $0, as: UTF8.self) }
        let signed = words.compactMap { Int64($0) }
        if signed.count == words.count {
            storage = .signed(signed)
        } else {
            storage = .unsigned(try words.map(Self.unsigned))
        }
    }

    /// The bits of a 64-bit number, signed or not; nil for other text.
    static func bits(_ text: [UInt8]) -> UInt64? {
        let word = String(decoding: text, as: UTF8.self)
        return UInt64(word) ?? Int64(word).map { UInt64(bitPattern: $0) }
    }

    private static func unsigned(_ word: String) throws -> UInt64 {
        if let number = bits(Array(word.utf8)) { return number }
        throw Failure.usage("id \"\(word)\" is not a whole number of 64 bits, which this table asks for")
    }

    var count: Int { texts.count }

    func text(_ i: Int) -> String { String(decoding: texts[i], as: UTF8.self) }

    func withIDs<Result, E: Error>(_ body: (IDs) throws(E) -> Result) throws(E) -> Result {
        switch storage {
        case .signed(let ids): return try body(.int64(ids.span))
        case .unsigned(let ids): return try body(.uint64(ids.span))
        case .strings(let bytes, let offsets):
            return try unsafe body(.byteStrings(ByteStrings(bytes.span.bytes, offsets: offsets.span)))
        }
    }

    /// The kind of id that words on a command line mean: what the table takes, else what it was packed from, else
    /// numbers if all of them are.
    static func kind(of table: EmbeddingTable, _ type: KeyType?, _ texts: [[UInt8]]) -> IDKind {
        if let type { return type == .str ? .string : .integer }
        if let kind = table.composition.indexer.idKind { return kind }
        if let keys = PackedKeys(of: table) { return keys == .strings ? .string : .integer }
        return texts.allSatisfy { bits($0) != nil } ? .integer : .string
    }
}

extension TableIDs {
    /// Refuses a table whose ids nobody can list.
    func checkListable() throws {
        guard !areListable else { return }
        throw Failure(
            .usage, "KEYS_NOT_STORED",
            "the keys of this table are not in the file: its ids share rows, found by hash. Look keys up one by one")
    }
}
