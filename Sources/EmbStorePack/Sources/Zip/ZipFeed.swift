import CZip

/// Feeds the bytes of a file to libzip.
///
/// With `ZipArchive` and `ZipMember` the place where this module calls C. libzip drives it through one callback; an
/// error of the file is kept here, since libzip's codes could not carry it.
@safe final class ZipFeed {
    private let file: any ByteSource
    private var position: UInt64 = 0
    /// What libzip shall hear of the last failure.
    private var state = unsafe zip_error()
    /// The file's own error, if that was the reason.
    private(set) var failure: SourceError?

    private init(_ file: any ByteSource) { self.file = file }

    /// A libzip source that reads the file, and its feed. libzip keeps the feed until it frees the source.
    static func source(_ file: any ByteSource) -> (source: OpaquePointer, feed: ZipFeed)? {
        let feed = ZipFeed(file)
        let held = unsafe Unmanaged.passRetained(feed)
        let source = unsafe zip_source_function_create(answer, held.toOpaque(), nil)
        if let source = unsafe source { return unsafe (source, feed) }
        unsafe held.release()
        return nil
    }

    private static let answer: zip_source_callback = { context, data, length, command in
        guard let context = unsafe context else { return -1 }
        let held = unsafe Unmanaged<ZipFeed>.fromOpaque(context)
        guard command != ZIP_SOURCE_FREE else {
            unsafe held.release()
            return 0
        }
        return unsafe held.takeUnretainedValue().answer(command, data, length)
    }

    private func answer(_ command: zip_source_cmd_t, _ data: UnsafeMutableRawPointer?, _ length: UInt64) -> Int64 {
        switch command {
        case ZIP_SOURCE_OPEN: position = 0
        case ZIP_SOURCE_CLOSE: break
        case ZIP_SOURCE_READ: return unsafe read(data, length)
        case ZIP_SOURCE_SEEK: return unsafe seek(data, length)
        case ZIP_SOURCE_TELL: return Int64(position)
        case ZIP_SOURCE_STAT: return unsafe stat(data, length)
        case ZIP_SOURCE_ERROR: return unsafe zip_error_to_data(&state, data!, length)
        case ZIP_SOURCE_SUPPORTS: return Self.supported
        default:
            unsafe zip_error_set(&state, ZIP_ER_OPNOTSUPP, 0)
            return -1
        }
        return 0
    }

    private static let supported: Int64 = [
        ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
        ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS,
    ].reduce(0) { $0 | 1 << Int64($1.rawValue) }

    private func read(_ data: UnsafeMutableRawPointer?, _ length: UInt64) -> Int64 {
        guard let data = unsafe data else { return 0 }
        do {
            var room = unsafe MutableRawSpan(_unsafeStart: data, byteCount: Int(min(length, 1 << 30)))
            let count = try file.read(at: position, into: &room)
            position += UInt64(count)
            return Int64(count)
        } catch {
            failure = error
            unsafe zip_error_set(&state, ZIP_ER_READ, 0)
            return -1
        }
    }

    private func seek(_ data: UnsafeMutableRawPointer?, _ length: UInt64) -> Int64 {
        guard let data = unsafe data else { return -1 }
        let target = unsafe zip_source_seek_compute_offset(position, file.byteCount, data, length, &state)
        guard target >= 0 else { return -1 }
        position = UInt64(target)
        return 0
    }

    private func stat(_ data: UnsafeMutableRawPointer?, _ length: UInt64) -> Int64 {
        guard let data = unsafe data, unsafe length >= MemoryLayout<zip_stat_t>.size else { return -1 }
        let status = unsafe data.assumingMemoryBound(to: zip_stat_t.self)
        unsafe zip_stat_init(status)
        unsafe status.pointee.size = file.byteCount
        unsafe status.pointee.valid = UInt64(ZIP_STAT_SIZE)
        return unsafe Int64(MemoryLayout<zip_stat_t>.size)
    }
}
