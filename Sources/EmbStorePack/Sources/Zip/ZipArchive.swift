import CZip

/// A zip archive open for reading.
@safe final class ZipArchive {
    /// A member as the central directory describes it.
    struct Entry: Equatable {
        let name: String
        let index: UInt64
        let byteCount: UInt64
        let isStored: Bool
        let isDeflated: Bool
        let isEncrypted: Bool
    }

    let file: any ByteSource
    let entries: [Entry]
    /// libzip's handle, for members.
    let handle: OpaquePointer
    private let feed: ZipFeed

    init(_ file: any ByteSource) throws(SourceError) {
        self.file = file
        guard let (source, feed) = unsafe ZipFeed.source(file) else {
            throw .readFailed(file: file.name, offset: 0, reason: "out of memory")
        }
        self.feed = feed
        var state = unsafe zip_error()
        guard let handle = unsafe zip_open_from_source(source, ZIP_RDONLY, &state) else {
            unsafe zip_source_free(source)
            throw unsafe feed.failure ?? Self.corrupt(file, at: 0, &state)
        }
        unsafe self.handle = handle
        do {
            entries = try unsafe Self.entries(of: handle, file: file)
        } catch {
            unsafe zip_discard(handle)
            throw error
        }
    }

    deinit { unsafe zip_discard(handle) }

    /// What went wrong in the last call of libzip.
    func failure(_ state: UnsafeMutablePointer<zip_error_t>, in name: String, at offset: UInt64) -> SourceError {
        if let failure = feed.failure { return failure }
        return .corrupt(file: name, offset: offset, reason: unsafe String(cString: zip_error_strerror(state)))
    }

    private static func corrupt(_ file: any ByteSource, at offset: UInt64, _ state: inout zip_error) -> SourceError {
        defer { unsafe zip_error_fini(&state) }
        let reason = unsafe String(cString: zip_error_strerror(&state))
        return .corrupt(file: file.name, offset: offset, reason: reason)
    }

    private static func entries(of handle: OpaquePointer, file: any ByteSource) throws(SourceError) -> [Entry] {
        var entries: [Entry] = []
        for index in 0..<UInt64(max(0, unsafe zip_get_num_entries(handle, 0))) {
            var status = unsafe zip_stat_t()
            let wanted = UInt64(ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD)
            guard unsafe zip_stat_index(handle, index, 0, &status) == 0, unsafe status.valid & wanted == wanted,
                let name = unsafe status.name
            else {
                throw .corrupt(file: file.name, offset: 0, reason: "member \(index) has no readable directory entry")
            }
            entries.append(
                unsafe Entry(
                    name: String(cString: name), index: index, byteCount: status.size,
                    isStored: status.comp_method == ZIP_CM_STORE, isDeflated: status.comp_method == ZIP_CM_DEFLATE,
                    isEncrypted: status.encryption_method != ZIP_EM_NONE))
        }
        return entries
    }
}
