/// Rows on their way from a source to the packer: a buffer that is filled again and again.
///
/// A tile belongs to one thread while it is filled; full, any number of threads may read it. The spans it hands out are
/// valid until it is filled again.
public final class RowTile: @unchecked Sendable {
    /// The most rows the tile holds.
    public let capacity: Int
    /// Floats per row.
    public let dim: Int
    /// What kind of keys the rows carry.
    public let keys: KeyKind
    /// The number of rows now in the tile.
    public private(set) var count = 0

    private let floats: FixedBuffer<Float>
    private let keyText: FixedBuffer<UInt8>
    private let ends: FixedBuffer<UInt32>
    private let numbers: FixedBuffer<UInt64>
    private var keyCount = 0

    /// Allocates a tile for up to `capacity` rows.
    ///
    /// Memory: `4 * capacity * dim` bytes for values and at most some MiB for keys.
    public init(capacity: Int, dim: Int, keys: KeyKind) {
        precondition(capacity > 0 && dim > 0 && dim <= SourceLimits.dim)
        self.capacity = capacity
        self.dim = dim
        self.keys = keys
        let textBytes = min(
            SourceLimits.tileKeyBytes, capacity.multipliedReportingOverflow(by: SourceLimits.keyBytes).0)
        floats = FixedBuffer(count: capacity * dim)
        keyText = FixedBuffer(count: keys == .strings ? textBytes : 0)
        ends = FixedBuffer(count: keys == .strings ? capacity : 0)
        numbers = FixedBuffer(count: keys == .integers ? capacity : 0)
    }

    /// Allocates a tile that suits a source, with about `byteBudget` bytes of values.
    public convenience init(for shape: SourceShape, byteBudget: Int = 16 << 20) {
        let rows = max(1, byteBudget / (4 * shape.dim))
        self.init(capacity: rows, dim: shape.dim, keys: shape.keys)
    }

    /// The values, layout (count, dim).
    public var values: Span<Float> {
        @_lifetime(borrow self) get { floats.span(0..<count * dim, heldBy: self) }
    }

    /// The bytes of all string keys, one after the other.
    public var keyBytes: Span<UInt8> {
        @_lifetime(borrow self) get { keyText.span(0..<textEnd, heldBy: self) }
    }

    /// Where each row's key ends in `keyBytes`; it begins where the one before ends.
    public var keyEnds: Span<UInt32> {
        @_lifetime(borrow self) get {
            ends.span(0..<(keys == .strings ? keyCount : 0), heldBy: self)
        }
    }

    /// The string key of a row.
    @_lifetime(borrow self)
    public func key(_ row: Int) -> Span<UInt8> {
        precondition(keys == .strings && row >= 0 && row < keyCount)
        return keyText.span(end(of: row - 1)..<end(of: row), heldBy: self)
    }

    /// The integer keys of the rows.
    public var integerKeys: Span<UInt64> {
        @_lifetime(borrow self) get {
            numbers.span(0..<(keys == .integers ? keyCount : 0), heldBy: self)
        }
    }

    private var textEnd: Int { end(of: keyCount - 1) }

    private func end(of row: Int) -> Int { row < 0 || keys != .strings ? 0 : Int(ends[row]) }
}

// What sources do with a tile.
extension RowTile {
    /// Whether one more row with the longest possible key might not fit.
    var isFull: Bool { count == capacity || !hasKeyRoom }

    /// Whether one more key of any length fits.
    var hasKeyRoom: Bool {
        keyCount < capacity && (keys != .strings || keyText.count - textEnd >= SourceLimits.keyBytes)
    }

    /// Empties the tile for a source of this shape.
    func reset(for shape: SourceShape) {
        precondition(dim == shape.dim && keys == shape.keys, "the tile was made for another shape")
        count = 0
        keyCount = 0
    }

    /// The values of `rows`, writable.
    @_lifetime(borrow self)
    func mutableValues(_ rows: Range<Int>) -> MutableSpan<Float> {
        floats.mutable(rows.lowerBound * dim..<rows.upperBound * dim, heldBy: self)
    }

    /// The bytes of the values of `rows`, writable.
    @_lifetime(borrow self)
    func mutableBytes(_ rows: Range<Int>) -> MutableRawSpan {
        floats.mutableBytes(rows.lowerBound * dim..<rows.upperBound * dim, heldBy: self)
    }

    /// Counts rows whose values, and keys if they come with the values, are in place.
    func commit(rows: Int) {
        count += rows
        precondition(count <= capacity)
    }

    /// Keeps the values of these rows, ascending, and no keys.
    func keepValues(of rows: [Int]) {
        for (place, row) in rows.enumerated() {
            floats.copy(values.extracting(row * dim..<(row + 1) * dim), to: place * dim)
        }
        count = rows.count
        keyCount = 0
    }

    /// Adds values that another tile of the same dim holds.
    func append(rows: Range<Int>, of other: RowTile) {
        precondition(dim == other.dim && rows.upperBound <= other.count && count + rows.count <= capacity)
        floats.copy(other.values.extracting(rows.lowerBound * dim..<rows.upperBound * dim), to: count * dim)
        count += rows.count
    }

    /// Adds the next row's string key, which was checked to have at most `SourceLimits.keyBytes` bytes.
    func append(key: Span<UInt8>) {
        let start = textEnd
        keyText.copy(key, to: start)
        ends[keyCount] = UInt32(start + key.count)
        keyCount += 1
    }

    /// Adds the next row's integer key.
    func append(key: UInt64) {
        numbers[keyCount] = key
        keyCount += 1
    }
}
