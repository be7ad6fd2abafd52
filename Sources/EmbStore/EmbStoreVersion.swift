/// The version of this package.
public enum EmbStoreVersion {
    public static let string = "0.1.0"
    /// What superblocks say of the program that wrote them.
    public static let writer = "embstore \(string)"
}
