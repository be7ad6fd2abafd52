internal import EmbIO
internal import Synchronization
internal import SystemPackage

/// An open file of a `FaultyFileSystem`; renaming or removing it does not concern it.
final class FaultyFile: OpenFile {
    let path: String
    private let number: Int
    private let fileSystem: FaultyFileSystem
    private let isOpen = Atomic(true)

    init(_ path: String, _ number: Int, _ fileSystem: FaultyFileSystem) {
        self.path = path
        self.number = number
        self.fileSystem = fileSystem
    }

    func read(into buffer: inout MutableRawSpan, at offset: UInt64) throws(IOError) -> Int {
        try checkOpen(.read)
        let wanted = buffer.byteCount
        let bytes = try fileSystem.withDisk { disk throws(IOError) in
            try disk.begin(.read, path, offset, wanted)
            return disk.read(number, at: Int(offset), atMost: wanted)
        }
        unsafe buffer.withUnsafeMutableBytes { unsafe $0.copyBytes(from: bytes) }
        return bytes.count
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(IOError) -> Int {
        try checkOpen(.write)
        let bytes = Array(bytes)
        return try fileSystem.withDisk { disk throws(IOError) in
            try disk.begin(.write, path, offset, bytes.count)
            return try disk.write(bytes, to: number, at: Int(offset), path)
        }
    }

    func beginSync(_ range: Range<UInt64>) throws(IOError) {
        try checkOpen(.beginSync)
        try fileSystem.withDisk { disk throws(IOError) in
            try disk.begin(.beginSync, path, range.lowerBound, range.count)
        }
    }

    func byteCount() throws(IOError) -> UInt64 {
        try checkOpen(.stat)
        return try fileSystem.withDisk { disk throws(IOError) in
            try disk.begin(.stat, path)
            return UInt64(disk.files[number].bytes.count)
        }
    }

    func sync() throws(IOError) {
        try checkOpen(.sync)
        try fileSystem.withDisk { disk throws(IOError) in
            try disk.begin(.sync, path)
            disk.sync(number)
        }
    }

    func close() throws(IOError) {
        guard isOpen.exchange(false, ordering: .relaxed) else { return }
        try fileSystem.withDisk { disk throws(IOError) in try disk.begin(.close, path) }
    }

    private func checkOpen(_ operation: IOError.Operation) throws(IOError) {
        guard isOpen.load(ordering: .relaxed) else { throw IOError(operation, path, .badFileDescriptor) }
    }
}
