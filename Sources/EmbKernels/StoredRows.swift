internal import CEmbKernels

/// How one number of a stored row is kept (Formats/codecs).
public enum RowElement: Sendable, CaseIterable {
    case f32, f16, bf16, int16, int8, int4, int2, e4m3, e5m2
    case rbe1, rbe2, rbe3, rbe4, rbe5, rbe6, rbe7, rbe8

    /// Codes of 1 to 8 bits on the grid of Formats/codecs/rbe.md.
    public static func rbe(bits: Int) -> RowElement {
        let all: [RowElement] = [.rbe1, .rbe2, .rbe3, .rbe4, .rbe5, .rbe6, .rbe7, .rbe8]
        return all[bits - 1]
    }

    public var bits: Int {
        switch self {
        case .f32: 32
        case .f16, .bf16, .int16: 16
        case .int8, .e4m3, .e5m2, .rbe8: 8
        case .rbe7: 7
        case .rbe6: 6
        case .rbe5: 5
        case .int4, .rbe4: 4
        case .rbe3: 3
        case .int2, .rbe2: 2
        case .rbe1: 1
        }
    }

    /// As the kernels number it: `blocked` rows have kernels of their own.
    func raw(blocked: Bool) -> emb_element {
        switch self {
        case .f32: EMB_F32
        case .f16: EMB_F16
        case .bf16: EMB_BF16
        case .int16: blocked ? EMB_BLOCK_INT16 : EMB_INT16
        case .int8: blocked ? EMB_BLOCK_INT8 : EMB_INT8
        case .int4: blocked ? EMB_BLOCK_INT4 : EMB_INT4
        case .int2: blocked ? EMB_BLOCK_INT2 : EMB_INT2
        case .e4m3: EMB_E4M3
        case .e5m2: EMB_E5M2
        case .rbe1: EMB_RBE1
        case .rbe2: EMB_RBE2
        case .rbe3: EMB_RBE3
        case .rbe4: EMB_RBE4
        case .rbe5: EMB_RBE5
        case .rbe6: EMB_RBE6
        case .rbe7: EMB_RBE7
        case .rbe8: EMB_RBE8
        }
    }
}

/// What stands before the codes of a row, once or for each block.
public enum RowHeader: Sendable, CaseIterable {
    case none, affineF16, symmetricF16, affineF32, symmetricF32, scaleE8M0
    /// Two factors for scoring, then a scale (Formats/codecs/rabitq.md).
    case estimatorF16, estimatorF32

    public var byteCount: Int {
        switch self {
        case .none: 0
        case .scaleE8M0: 1
        case .symmetricF16: 2
        case .affineF16, .symmetricF32: 4
        case .estimatorF16: 6
        case .affineF32: 8
        case .estimatorF32: 12
        }
    }

    var raw: emb_header {
        switch self {
        case .none: EMB_NO_HEADER
        case .affineF16: EMB_AFFINE_F16
        case .symmetricF16: EMB_SYMMETRIC_F16
        case .affineF32: EMB_AFFINE_F32
        case .symmetricF32: EMB_SYMMETRIC_F32
        case .scaleE8M0: EMB_SCALE_E8M0
        case .estimatorF16: EMB_ESTIMATOR_F16
        case .estimatorF32: EMB_ESTIMATOR_F32
        }
    }
}

/// The layout of a row: one header, or one for each block of numbers, then the codes of `dim` numbers.
public struct RowFormat: Sendable, Hashable {
    public let element: RowElement
    public let header: RowHeader
    /// Numbers in a block: 16, 32, 64 or 128; nil if the row has one header.
    public let block: Int?

    public init(_ element: RowElement, header: RowHeader = .none, block: Int? = nil) {
        precondition(block.map { [16, 32, 64, 128].contains($0) } ?? true)
        self.element = element
        self.header = header
        self.block = block
    }

    /// Bytes of a row of `dim` numbers, without padding.
    public func rowBytes(dim: Int) -> Int { prefixBytes(dims: dim, of: dim) }

    /// Bytes of such a row that its first `dims` numbers need.
    public func prefixBytes(dims: Int, of dim: Int) -> Int { headBytes(dim: dim) + (dims * element.bits + 7) / 8 }

    /// Bytes before the codes.
    func headBytes(dim: Int) -> Int {
        guard let block else { return header.byteCount }
        return header.byteCount * ((dim + block - 1) / block)
    }

    var raw: emb_element { element.raw(blocked: block != nil) }
}

/// Rows in memory, as the kernels read them: a borrowed view.
public struct StoredRows: ~Escapable {
    /// Bytes that must exist after the last row: kernels load whole vectors.
    public static let slack = Int(EMB_ROW_SLACK)

    let bytes: RawSpan
    let stride: Int
    let rowBytes: Int
    let format: RowFormat
    let headBytes: Int
    /// Row indices below this are inside `bytes`.
    public let rowCount: Int

    /// - Parameters:
    ///   - bytes: The rows, and at least `slack` bytes more.
    ///   - dim: Numbers in a row.
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan, rowCount: Int, stride: Int, dim: Int, format: RowFormat) {
        let rowBytes = format.rowBytes(dim: dim)
        precondition(rowCount >= 0 && stride > 0 && dim > 0)
        precondition(rowCount == 0 || bytes.byteCount - StoredRows.slack - rowBytes >= (rowCount - 1) * stride)
        self.bytes = bytes
        self.stride = stride
        self.rowBytes = rowBytes
        self.format = format
        headBytes = format.headBytes(dim: dim)
        self.rowCount = rowCount
    }
}

/// Row indices for a kernel, in order: the first `count` are the work, the rest may be prefetched.
public struct RowList: ~Escapable {
    /// The index that stands for a row of zeros.
    public static let zeroRow = UInt32.max

    public let rows: Span<UInt32>
    public let count: Int
    /// How many rows ahead to prefetch; 0 for not at all.
    public let distance: Int
    /// A factor per row, or nil for all 1.
    public let weights: Span<Float>?

    @_lifetime(copy rows, copy weights)
    public init(_ rows: Span<UInt32>, count: Int, distance: Int = 0, weights: Span<Float>? = nil) {
        precondition(count <= rows.count)
        if let weights { precondition(weights.count >= count) }
        self.rows = rows
        self.count = count
        self.distance = distance
        self.weights = weights
    }
}

/// How a row list falls into bags, and the state of a bag that spans several lists.
public struct Bags: ~Escapable {
    /// One past the last list position of each bag.
    public let ends: Span<UInt32>
    /// What each bag's sum is divided by, or nil.
    public let divisors: Span<Float>?
    /// The first bag goes on from an earlier call; the last one goes on in a later call.
    public let resumes: Bool
    public let suspends: Bool

    @_lifetime(copy ends, copy divisors)
    public init(_ ends: Span<UInt32>, divisors: Span<Float>? = nil, resumes: Bool = false, suspends: Bool = false) {
        if let divisors { precondition(divisors.count >= ends.count) }
        self.ends = ends
        self.divisors = divisors
        self.resumes = resumes
        self.suspends = suspends
    }
}
