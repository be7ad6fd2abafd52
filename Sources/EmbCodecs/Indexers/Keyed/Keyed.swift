public import EmbFormat

/// `keyed`: sparse 64-bit keys or strings, each owning a row (Formats/indexers/keyed.md).
public struct Keyed: Indexer {
    public static let name = "keyed"

    public let kind: IDKind
    public let seed: UInt64

    public init(_ kind: IDKind, seed: UInt64 = 0) {
        self.kind = kind
        self.seed = seed
    }

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        kind = arguments.choice(["u64", "string"]) == "string" ? .string : .integer
        seed = try arguments.seed()
    }

    public var arguments: [ArgumentSyntax] {
        (kind == .string ? [ArgumentSyntax("string")] : []) + (seed == 0 ? [] : [ArgumentSyntax("seed", "\(seed)")])
    }

    public var idKind: IDKind? { kind }
    public var ownsRows: Bool { true }

    public func rowCount(idCount: UInt64) throws(ExpressionError) -> UInt64 { idCount }

    public var columnNames: [String] { kind == .integer ? ["buckets", "keys"] : ["buckets", "keyEnds", "keyBytes"] }

    public func check(idCount: UInt64, rowCount: UInt64) throws(FormatError) {
        guard idCount == rowCount else {
            throw FormatError(
                .badExpression, "idCount of a keyed table", found: "\(idCount)", expected: "rowCount, \(rowCount)")
        }
    }

    public func open(
        _ columns: inout ColumnSet, idCount: UInt64, rowCount: UInt64
    ) throws(FormatError) -> any IndexReader {
        let buckets = try takeBuckets(&columns)
        let keys: KeyedReader.Keys
        switch kind {
        case .integer:
            keys = .integers(try columns.take(Self.name, "keys", ColumnShape(.u64, rows: rowCount)))
        case .string:
            let ends = try columns.take(
                Self.name, "keyEnds", ColumnShape(.u32, rows: rowCount), ColumnShape(.u64, rows: rowCount))
            keys = .strings(ends: ends, bytes: try takeKeyBytes(&columns, ends))
        }
        return KeyedReader(buckets: buckets, keys: keys, rowCount: rowCount, salt: KeyHash.salt(seed: seed, probe: 0))
    }

    private func takeBuckets(_ columns: inout ColumnSet) throws(FormatError) -> Column {
        let column = try columns.take(Self.name, "buckets")
        let count = column.shape.rowCount
        guard column.shape == ColumnShape(.u8, rows: count, width: UInt32(KeyBucket.byteCount)),
            (1...UInt64(UInt32.max)).contains(count)
        else {
            throw FormatError(
                .wrongColumn, columns.field("keyed.buckets"), found: "\(column.shape)",
                expected: "u8 n x \(KeyBucket.byteCount), n from 1 to \(UInt32.max)")
        }
        return column
    }

    private func takeKeyBytes(_ columns: inout ColumnSet, _ ends: Column) throws(FormatError) -> Column {
        let column = try columns.take(Self.name, "keyBytes")
        let count = column.shape.rowCount
        guard column.shape == ColumnShape(.u8, rows: count), ends.shape.element == KeyedLayout.endType(keyBytes: count)
        else {
            throw FormatError(
                .wrongColumn, columns.field("keyed.keyBytes"),
                found: "\(column.shape), ends \(ends.shape.element.name)",
                expected: "u8 n x 1 with u32 ends below 2^32 bytes, u64 ends from there on")
        }
        return column
    }

    public func indexBytes(idCount: UInt64) -> UInt64 {
        let buckets = KeyedLayout.bucketCount(rows: idCount)
        return buckets * UInt64(KeyBucket.byteCount) + idCount * (kind == .integer ? 8 : 4)
    }

    public func makeBuilder(
        idCount: UInt64?, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any IndexBuilder { KeyedBuilder(self) }
}

/// Numbers that reader and builder share.
enum KeyedLayout {
    /// Buckets that a lookup goes through at most.
    static let maxWalk = 64
    static let maxKeyBytes = 65_535
    /// Rows per bucket that the builder aims at.
    static let rowsPerBucket: UInt64 = 9

    /// Buckets that the builder tries first.
    static func bucketCount(rows: UInt64) -> UInt64 { max((rows + rowsPerBucket - 1) / rowsPerBucket, 1) }

    static func endType(keyBytes: UInt64) -> ElementType { keyBytes < 1 << 32 ? .u32 : .u64 }
}
