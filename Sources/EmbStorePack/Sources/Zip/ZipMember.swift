import CZip

/// The uncompressed bytes of an archive's member. Its checksum is verified when it was read in one go to its end, as
/// all arrays but those in Fortran order are.
@safe final class ZipMember: ByteSource {
    let name: String
    let byteCount: UInt64
    /// A stored member lies in the file as it is.
    let isSeekable: Bool
    private let archive: ZipArchive
    private let entry: ZipArchive.Entry
    private var stream: OpaquePointer?
    /// Where the stream stands.
    private var position: UInt64 = 0

    init(_ archive: ZipArchive, _ entry: ZipArchive.Entry) throws(SourceError) {
        self.archive = archive
        self.entry = entry
        name = "\(archive.file.name):\(entry.name)"
        byteCount = entry.byteCount
        isSeekable = entry.isStored
        guard !entry.isEncrypted else {
            throw .unsupportedLayout(file: name, found: "encrypted", advice: "decrypt the archive first")
        }
        guard entry.isStored || entry.isDeflated else {
            throw .unsupportedLayout(
                file: name, found: "compressed by a method that numpy does not write",
                advice: "expected stored or deflated; unpack and save it again")
        }
    }

    deinit { close() }

    /// Gives back what the stream holds; the next read opens it again.
    func close() {
        if let stream = unsafe stream { unsafe zip_fclose(stream) }
        unsafe stream = nil
    }

    func read(at offset: UInt64, into bytes: inout MutableRawSpan) throws(SourceError) -> Int {
        let wanted = Int(min(UInt64(bytes.byteCount), byteCount - min(offset, byteCount)))
        if wanted == 0 { return 0 }
        let stream = try unsafe moved(to: offset)
        let count = try unsafe bytes.withUnsafeMutableBytes { room throws(SourceError) in
            try unsafe read(stream, into: UnsafeMutableRawBufferPointer(rebasing: room[..<wanted]))
        }
        if position == byteCount { try unsafe checkEnd(stream) }
        return count
    }

    private func read(_ stream: OpaquePointer, into room: UnsafeMutableRawBufferPointer) throws(SourceError) -> Int {
        var done = 0
        while done < room.count, let start = room.baseAddress {
            let count = unsafe zip_fread(stream, start + done, UInt64(room.count - done))
            guard count >= 0 else { throw unsafe failure(stream) }
            if count == 0 { break }
            done += Int(count)
            position += UInt64(count)
        }
        return done
    }

    /// The stream, standing at an offset.
    private func moved(to offset: UInt64) throws(SourceError) -> OpaquePointer {
        if unsafe stream != nil, offset < position, !isSeekable { close() }
        let stream = try unsafe opened()
        if offset == position { return unsafe stream }
        // Bytes that are skipped by reading, such as the array's header, still count for the checksum.
        guard isSeekable, offset < position || offset - position > 1 << 20 else {
            try unsafe skip(stream, to: offset)
            return unsafe stream
        }
        guard unsafe zip_fseek(stream, Int64(offset), SEEK_SET) == 0 else { throw unsafe failure(stream) }
        position = offset
        return unsafe stream
    }

    private func opened() throws(SourceError) -> OpaquePointer {
        if let stream = unsafe stream { return unsafe stream }
        guard let stream = unsafe zip_fopen_index(archive.handle, entry.index, 0) else {
            throw unsafe archive.failure(zip_get_error(archive.handle), in: name, at: 0)
        }
        unsafe self.stream = stream
        position = 0
        return unsafe stream
    }

    private func skip(_ stream: OpaquePointer, to offset: UInt64) throws(SourceError) {
        let scratch = FixedBuffer<UInt8>(count: Int(min(1 << 16, offset - position)))
        while position < offset {
            var room = scratch.mutableBytes(0..<Int(min(UInt64(scratch.count), offset - position)), heldBy: scratch)
            let count = try unsafe room.withUnsafeMutableBytes { room throws(SourceError) in
                try unsafe read(stream, into: room)
            }
            guard count > 0 else {
                let needed = offset - position
                throw .truncated(file: name, what: "member", offset: position, needed: needed, found: 0)
            }
        }
    }

    /// libzip compares the checksum when it is asked for a byte beyond the last.
    private func checkEnd(_ stream: OpaquePointer) throws(SourceError) {
        var beyond: UInt8 = 0
        let count = unsafe zip_fread(stream, &beyond, 1)
        guard count >= 0 else { throw unsafe failure(stream) }
        guard count == 0 else { throw .trailingBytes(file: name, offset: byteCount, count: 1) }
    }

    private func failure(_ stream: OpaquePointer) -> SourceError {
        unsafe archive.failure(zip_file_get_error(stream), in: name, at: position)
    }
}
