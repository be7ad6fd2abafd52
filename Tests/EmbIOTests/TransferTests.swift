import EmbIO
import EmbTestSupport
import SystemPackage
import Testing

/// `readFully` and `writeFully` over everything a file system may do to them.
struct TransferTests {
    @Test func transfersSurviveShortOnesAndInterrupts() throws {
        try withEvery("interruptEvery", in: [2, 3, 7]) { every in
            try withEvery("seed", in: 0..<20 as Range<UInt64>) { seed in
                var faults = Faults()
                (faults.shortTransfers, faults.interruptEvery) = (seed, every)
                let fileSystem = FaultyFileSystem(faults)
                var random = SplitMix64(seed: seed)
                let bytes = random.bytes(1000)
                let file = try retrying { try fileSystem.createFile("t") }
                try file.writeFully(bytes.raw, at: 17)
                #expect(fileSystem.contents(of: "t") == [UInt8](repeating: 0, count: 17) + bytes)
                #expect(try readFully(file, 1000, at: 17) == bytes)
                #expect(try readFully(file, 10, at: 500) == Array(bytes[483..<493]))
            }
        }
    }

    @Test func aFileThatEndsEarlyIsAnErrorWithBothCounts() throws {
        let fileSystem = FaultyFileSystem()
        fileSystem.put([1, 2, 3], at: "t")
        let file = try fileSystem.openForReading("t")
        let detail = "the file ends after 2 of the 8 bytes at offset 1"
        #expect(throws: IOError(.read, "t", .noData, detail: detail)) { try readFully(file, 8, at: 1) }
        #expect(try readFully(file, 0, at: 100) == [])
    }

    @Test func aFullDiskIsAnErrorAndNotALoop() throws {
        var faults = Faults()
        faults.capacity = 10
        let file = try FaultyFileSystem(faults).createFile("t")
        #expect(throws: IOError(.write, "t", .noSpace)) {
            try file.writeFully([UInt8](repeating: 1, count: 11).raw, at: 0)
        }
        #expect(try file.byteCount() == 10)
    }

    @Test func otherErrorsComeThrough() throws {
        for operation in [IOError.Operation.read, .write] {
            var faults = Faults()
            faults.failure = .init(operation, call: 2)
            faults.shortTransfers = 1
            let fileSystem = FaultyFileSystem(faults)
            fileSystem.put([UInt8](repeating: 1, count: 100), at: "t")
            let file = try fileSystem.openForReading("t")
            #expect(throws: IOError(operation, "t", .ioError)) {
                if operation == .read { _ = try readFully(file, 100, at: 0) }
                try file.writeFully([UInt8](repeating: 1, count: 100).raw, at: 0)
            }
        }
    }

    @Test func transfersAllocateNothing() throws {
        let folder = try TemporaryFolder()
        let file = try PosixFileSystem().createFile(folder.path(of: "t"))
        var bytes = [UInt8](repeating: 7, count: 4096)
        let count = try AllocationCounter.allocations {
            try file.writeFully(bytes.raw, at: 0)
            var span = bytes.mutableSpan
            var raw = unsafe span.mutableBytes
            try file.readFully(into: &raw, at: 0)
        }
        if let count { #expect(count == 0) }
    }

    private func retrying<Result>(_ call: () throws -> Result) throws -> Result {
        do { return try call() } catch let error as IOError where error.errno == .interrupted { return try call() }
    }

    private func readFully(_ file: any OpenFile, _ count: Int, at offset: UInt64) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        var raw = unsafe span.mutableBytes
        try file.readFully(into: &raw, at: offset)
        return bytes
    }
}
