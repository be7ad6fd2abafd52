/// The stages that expressions may name. A value, not a global: a service may add its own to `builtin`.
public struct Registry: Sendable {
    public var indexers: [any Indexer.Type]
    public var rowMaps: [any RowMap.Type]
    public var transforms: [any Transform.Type]
    public var rowCodecs: [any RowCodec.Type]

    /// Every stage of this package.
    public static let builtin = Registry(
        indexers: [Direct.self, Keyed.self, Hashed.self, Unified.self, QR.self, Robe.self, TensorTrain.self],
        rowMaps: [Remapped.self, Dedup.self],
        transforms: [
            Rotation.self, Prefix.self, PCA.self, OPQ.self, LowRank.self, Linear.self, Center.self, MLP.self,
        ],
        rowCodecs: [
            F32.self, F16.self, BF16.self, Int16Rows.self, Int8Rows.self, Int4Rows.self, Int2Rows.self, FP8.self,
            Sparse.self, Generated.self, Tiers.self, PQ.self, RQ.self, RBE.self, RaBitQ.self, SignRows.self,
        ])

    /// Every stage, in the order in which an expression may have them.
    public var stages: [any Stage.Type] {
        indexers as [any Stage.Type] + rowMaps as [any Stage.Type] + transforms as [any Stage.Type]
            + rowCodecs as [any Stage.Type]
    }

    /// The names of all stages: indexers, row maps, transforms, row codecs.
    public var names: [String] { stages.map { $0.name } }

    /// The stage called `name`, nil if there is none.
    public func stage(_ name: String) -> (any Stage.Type)? { stages.first { $0.name == name } }
}
