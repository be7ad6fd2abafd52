public import EmbFormat
internal import EmbKernels

/// `generated`: rows computed from their index and a seed, or the coefficients of trained hashes; nothing else is stored
/// (Formats/codecs/generated.md).
public struct Generated: RowCodec {
    public static let name = "generated"

    public let uniform: Bool
    public let seed: UInt64
    /// Of hashes with coefficients of their own; nil for those of a seed.
    public let buckets: UInt32?

    public init(_ arguments: inout StageArguments) throws(ExpressionError) {
        uniform = arguments.choice(["gaussian", "uniform"]) == "uniform"
        seed = try arguments.seed()
        buckets = try arguments.integer("buckets", in: 2...1 << 24).map { UInt32($0) }
        guard buckets == nil || (uniform && seed == 0) else {
            throw arguments.refused("buckets= is only for uniform, and without a seed")
        }
    }

    public var arguments: [ArgumentSyntax] {
        (uniform ? [ArgumentSyntax("uniform")] : []) + (seed == 0 ? [] : [ArgumentSyntax("seed", "\(seed)")])
            + (buckets.map { [ArgumentSyntax("buckets", "\($0)")] } ?? [])
    }

    public var columnNames: [String] { buckets == nil ? [] : ["coefficients"] }

    /// Slope, bias and prime of each number of a row.
    private static func coefficients(_ dim: Int) -> ColumnShape { ColumnShape(.u64, rows: UInt64(dim), width: 3) }

    public func byteCount(_ shape: StoredShape) throws(ExpressionError) -> UInt64 {
        buckets == nil ? 0 : Self.coefficients(shape.dim).byteCount
    }

    public func open(_ columns: inout ColumnSet, shape: StoredShape) throws(FormatError) -> any RowReader {
        guard let buckets else { return GeneratedRows(dim: shape.dim, uniform: uniform, seed: seed) }
        let column = try columns.takeRaw(Self.name, "coefficients", Self.coefficients(shape.dim))
        return LearnedHashRows(dim: shape.dim, coefficients: column, buckets: buckets)
    }

    public func makeEncoder(
        shape: StoredShape, parameters: [String: ColumnData]
    ) throws(ExpressionError) -> any RowEncoder {
        if let buckets {
            let given = try parameters.required("coefficients", Self.coefficients(shape.dim), of: Self.name)
            return LearnedHashEncoder(dim: shape.dim, coefficients: given, buckets: buckets)
        }
        return GeneratedEncoder(rows: GeneratedRows(dim: shape.dim, uniform: uniform, seed: seed))
    }
}

/// The rows of one width and seed.
struct GeneratedRows: DecodedRows {
    let dim: Int
    let kernels: Kernels
    private let uniform: Bool
    private let salt: UInt64
    private let scale: Double

    init(dim: Int, uniform: Bool, seed: UInt64, kernels: Kernels = .best) {
        self.dim = dim
        self.kernels = kernels
        self.uniform = uniform
        salt = KeyHash.salt(seed: seed, probe: 0)
        scale = 1 / Double(dim).squareRoot()
    }

    func rowBytes(dims: Int) -> (touched: Int, stride: Int) { (0, 0) }
    var byteCount: UInt64 { 0 }

    func decode(_ row: UInt32, into out: inout MutableSpan<Float>, _ workspace: Workspace) throws(FormatError) {
        generate(row, into: &out, kernels)
    }

    func generate(_ row: UInt32, into out: inout MutableSpan<Float>, _ kernels: Kernels) {
        if uniform {
            kernels.generateUniform(row: row, salt: salt, into: &out)
        } else {
            kernels.generateNormal(row: row, salt: salt, scale: scale, into: &out)
        }
    }
}

/// Stores nothing of what it is given.
private struct GeneratedEncoder: RowEncoder {
    let rows: GeneratedRows

    var columns: [EncodedColumn] { [] }

    func encode(
        _ values: Span<Float>, firstRow: UInt64, into bytes: inout [[UInt8]], _ kernels: Kernels
    ) throws(EncodeError) {}

    func decode(_ bytes: [[UInt8]], firstRow: UInt64, into values: inout MutableSpan<Float>, _ kernels: Kernels) {
        for i in 0..<values.count / rows.dim {
            var row = values._mutatingExtracting(i * rows.dim..<(i + 1) * rows.dim)
            rows.generate(UInt32(firstRow) + UInt32(i), into: &row, kernels)
        }
    }
}
