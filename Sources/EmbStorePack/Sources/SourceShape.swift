/// What a source knows about its table before it reads a row.
public struct SourceShape: Sendable, Equatable {
    /// The name used in messages: `glove.npy`, `model.safetensors:embeddings.weight`.
    public var name: String
    /// The table's own name within a file of several tables: an .npz member or a tensor.
    public var tableName: String?
    /// The number of rows, nil when only the end of the file tells.
    public var rowCount: UInt64?
    /// Floats per row.
    public var dim: Int
    /// How the file stores an element.
    public var element: SourceElement
    /// What the rows are known by.
    public var keys: KeyKind
}
