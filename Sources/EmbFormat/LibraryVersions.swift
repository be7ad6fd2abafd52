internal import CLZ4
internal import CXXHash
internal import CZstd

/// The versions of the compression and hashing libraries that this process runs with.
public enum LibraryVersions {
    /// Name and version of each, in the order of their names.
    public static var all: [(name: String, version: String)] {
        [
            ("lz4", unsafe String(cString: LZ4_versionString())), ("xxhash", dotted(XXH_versionNumber())),
            ("zstd", unsafe String(cString: ZSTD_versionString())),
        ]
    }

    /// 10203 is 1.2.3.
    private static func dotted(_ number: UInt32) -> String {
        "\(number / 10_000).\(number / 100 % 100).\(number % 100)"
    }
}
