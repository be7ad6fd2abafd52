internal import EmbFormat
public import EmbStore

/// What the ids of a table without stored keys were, as packing noted it: attribute `packed.keys`.
///
/// Tables whose ids share rows keep no keys, so nothing else in the file tells.
public enum PackedKeys: String, Sendable {
    /// The source had no keys: ids are 0 ..< idCount.
    case absent = "none"
    case integers
    case strings

    static let attribute = "packed.keys"

    /// What the table says; nil if nothing.
    public init?(of table: EmbeddingTable) {
        guard let text = table.entry.attributes.first(where: { $0.key == Self.attribute })?.value else { return nil }
        self.init(rawValue: text)
    }

    init(_ keys: KeyKind) {
        switch keys {
        case .none: self = .absent
        case .integers: self = .integers
        case .strings: self = .strings
        }
    }
}
