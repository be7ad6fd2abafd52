/// What stands at a path, symbolic links followed.
public enum FileKind: Sendable {
    case regularFile
    case folder
    /// A device, pipe or socket.
    case other
}
