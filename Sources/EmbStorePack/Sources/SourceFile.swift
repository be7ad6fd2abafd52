import Glibc
import SystemPackage

/// A file open for reading, or bytes that stand for one.
///
/// The one place where this module touches files, so that the package's file system seam can take it over.
final class SourceFile: ByteSource {
    private enum Backing {
        case descriptor(FileDescriptor, folder: FilePath)
        case memory([UInt8], siblings: [String: [UInt8]])
    }

    let name: String
    let byteCount: UInt64
    let isSeekable = true
    private let backing: Backing

    private init(name: String, byteCount: UInt64, backing: Backing) {
        self.name = name
        self.byteCount = byteCount
        self.backing = backing
    }

    deinit {
        if case .descriptor(let descriptor, _) = backing { try? descriptor.close() }
    }

    /// Bytes in memory under a name; `siblings` are the other files of its folder.
    convenience init(name: String, bytes: [UInt8], siblings: [String: [UInt8]] = [:]) {
        self.init(name: name, byteCount: UInt64(bytes.count), backing: .memory(bytes, siblings: siblings))
    }

    /// Opens a regular file.
    static func open(_ path: String) throws(SourceError) -> SourceFile {
        let path = FilePath(path)
        let name = path.lastComponent?.string ?? path.string
        let descriptor: FileDescriptor
        do {
            // Without nonBlocking a pipe would be waited for here, before its type can be seen.
            descriptor = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
        } catch {
            throw .cannotOpen(file: name, reason: "\(error)")
        }
        do {
            let length = try regularLength(of: descriptor, name: name)
            let backing = Backing.descriptor(descriptor, folder: path.removingLastComponent())
            return SourceFile(name: name, byteCount: length, backing: backing)
        } catch {
            try? descriptor.close()
            throw error
        }
    }

    /// Opens a file of the same folder.
    func sibling(_ name: String) throws(SourceError) -> SourceFile {
        switch backing {
        case .descriptor(_, let folder):
            return try SourceFile.open(folder.appending(name).string)
        case .memory(_, let siblings):
            guard let bytes = siblings[name] else {
                throw .cannotOpen(file: name, reason: "\(Errno.noSuchFileOrDirectory)")
            }
            return SourceFile(name: name, bytes: bytes, siblings: siblings)
        }
    }

    func read(at offset: UInt64, into bytes: inout MutableRawSpan) throws(SourceError) -> Int {
        guard offset < byteCount else { return 0 }
        let wanted = Int(min(UInt64(bytes.byteCount), byteCount - offset))
        switch backing {
        case .descriptor(let descriptor, _):
            return try read(descriptor, at: offset, into: &bytes, wanted: wanted)
        case .memory(let stored, _):
            let part = unsafe stored.span.bytes.extracting(Int(offset)..<Int(offset) + wanted)
            unsafe bytes.withUnsafeMutableBytes { room in
                unsafe part.withUnsafeBytes { unsafe room.copyMemory(from: $0) }
            }
            return wanted
        }
    }

    private func read(
        _ descriptor: FileDescriptor, at offset: UInt64, into bytes: inout MutableRawSpan, wanted: Int
    ) throws(SourceError) -> Int {
        var done = 0
        while done < wanted {
            do {
                let count = try unsafe bytes.withUnsafeMutableBytes { room in
                    try unsafe descriptor.read(
                        fromAbsoluteOffset: Int64(offset) + Int64(done),
                        into: UnsafeMutableRawBufferPointer(rebasing: room[done..<wanted]))
                }
                // The file was cut while it was read; the caller reports what is missing.
                if count == 0 { break }
                done += count
            } catch {
                throw .readFailed(file: name, offset: offset + UInt64(done), reason: "\(error)")
            }
        }
        return done
    }

    private static func regularLength(of descriptor: FileDescriptor, name: String) throws(SourceError) -> UInt64 {
        var status = stat()
        guard unsafe fstat(descriptor.rawValue, &status) == 0 else {
            throw .cannotOpen(file: name, reason: "\(Errno(rawValue: errno))")
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return UInt64(status.st_size)
        case S_IFDIR: throw .notAFile(file: name, found: "a folder")
        default: throw .notAFile(file: name, found: "a pipe or a device")
        }
    }
}
