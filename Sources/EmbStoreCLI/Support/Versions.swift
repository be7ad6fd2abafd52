import EmbFormat
import EmbKernels
import EmbStore

/// What `--version` prints.
enum Versions {
    static var text: String {
        let libraries = LibraryVersions.all.map { "\($0.name) \($0.version)" }.joined(separator: "\n")
        return "embstore \(EmbStoreVersion.string)\nkernels \(Kernels.best.level)\n\(libraries)"
    }
}
