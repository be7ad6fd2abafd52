public import EmbFormat
public import EmbKernels

/// One way to turn the combined row into the embedding (Formats/transforms).
public protocol Transform: Stage {
    /// Numbers needed to make `outputDim` numbers.
    func inputDim(outputDim: Int) throws(ExpressionError) -> Int

    /// Takes and checks the columns this transform needs. Reads payload only if it is small and independent of rows.
    func open(_ columns: inout ColumnSet, outputDim: Int) throws(FormatError) -> any TransformReader

    /// Bytes of the transform's columns, told before anything is fitted.
    func byteCount(outputDim: Int) throws(ExpressionError) -> UInt64

    /// The way from embedding to stored row, with what was fitted or imported.
    func makeEncoder(outputDim: Int, parameters: [String: ColumnData]) throws(ExpressionError) -> any TransformEncoder
}

extension Transform {
    public func byteCount(outputDim: Int) throws(ExpressionError) -> UInt64 { 0 }
}

/// Decodes: from combined rows to embeddings. Immutable, no allocation, callable from any thread.
public protocol TransformReader: Sendable {
    var inputDim: Int { get }
    var outputDim: Int { get }
    /// Whether it commutes with sums, so that a bag is transformed once: linear, or affine.
    var isLinear: Bool { get }
    /// Whether something comes out of zeros, so that `constants` matter to it: affine (Formats/affine.md).
    var hasConstant: Bool { get }

    /// Transforms each of the rows of `input` into the same row of `output`; both are contiguous.
    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels)

    /// The same for sums of rows: the constant goes `constants[r]` times into row r. Called only if `isLinear`.
    func apply(
        _ input: Span<Float>, constants: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels)

    /// Takes queries about outputs to queries about inputs (Formats/search.md, "Pulling queries back"): query i of
    /// `outputDim` numbers becomes query i of `inputDim`, and `offsets[i]` grows by what must be added to its scores.
    ///
    /// - Returns: False, having written nothing that counts, if this transform cannot: embeddings are scored then.
    func pullBack(
        _ queries: Span<Float>, _ metric: Metric, into pulled: inout MutableSpan<Float>,
        offsets: inout MutableSpan<Float>, _ kernels: Kernels
    ) -> Bool
}

extension TransformReader {
    public var hasConstant: Bool { false }

    /// For transforms without a constant.
    public func apply(
        _ input: Span<Float>, constants: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels
    ) {
        apply(input, into: &output, kernels)
    }

    public func pullBack(
        _ queries: Span<Float>, _ metric: Metric, into pulled: inout MutableSpan<Float>,
        offsets: inout MutableSpan<Float>, _ kernels: Kernels
    ) -> Bool { false }
}

/// Encodes: from embeddings to what is stored.
public protocol TransformEncoder: Sendable {
    /// Columns of the transform, all with their bytes.
    var columns: [ColumnData] { get }

    /// Whether there is a way from embeddings to stored rows. Otherwise rows are given as they are stored, and `apply` is not called.
    var hasWayBack: Bool { get }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels)

    /// The reader of what this encoder writes.
    var reader: any TransformReader { get }
}

extension TransformEncoder {
    public var hasWayBack: Bool { true }
}
