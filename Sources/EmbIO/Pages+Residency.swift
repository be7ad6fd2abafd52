internal import Glibc
internal import SystemPackage

/// The ways from a file to pages, one for each residency.
extension Pages {
    static func holding(_ file: PosixFile, byteCount: Int, _ residency: Residency) throws(IOError) -> Pages {
        switch residency {
        case .mapped: return try mapping(file, byteCount)
        case .populated: return try populating(file, byteCount)
        case .hugePages: return try copying(file, byteCount)
        case .locked: return try locking(file, byteCount)
        case .bounded: return try reading(file, byteCount)
        }
    }

    private static func mapping(_ file: PosixFile, _ byteCount: Int) throws(IOError) -> Pages {
        let pages = try Pages(mapping: file, byteCount: byteCount)
        // A hint: declined, the file is read with readahead, and reads the same.
        _ = pages.advise(CInt(MADV_RANDOM))
        return pages
    }

    /// One page that stands for none.
    private static func reading(_ file: PosixFile, _ byteCount: Int) throws(IOError) -> Pages {
        file.advise(POSIX_FADV_RANDOM, 0..<byteCount)
        return try Pages(zeroed: pageByteCount, for: file.path)
    }

    private static func populating(_ file: PosixFile, _ byteCount: Int) throws(IOError) -> Pages {
        let pages = try Pages(mapping: file, byteCount: byteCount)
        try pages.populate(for: file.path)
        return pages
    }

    private static func locking(_ file: PosixFile, _ byteCount: Int) throws(IOError) -> Pages {
        let pages = try populating(file, byteCount)
        try pages.lock(for: file.path)
        return pages
    }

    private static func copying(_ file: PosixFile, _ byteCount: Int) throws(IOError) -> Pages {
        var pages = try Pages(zeroed: byteCount, for: file.path)
        // Declined by kernels built without huge pages, where the copy is as good but for its page size.
        _ = pages.advise(CInt(MADV_HUGEPAGE))
        var bytes = pages.mutableBytes
        try file.readFully(into: &bytes, at: 0)
        try pages.makeReadOnly(for: file.path)
        return pages
    }
}
