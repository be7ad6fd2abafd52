internal import CAllocationCounter

/// What the sanitizers change for tests.
public enum Sanitizers {
    /// Whether this run is under one. They replace `malloc`, and make `mlock` do nothing.
    public static var areActive: Bool { emb_is_sanitized() }
}
