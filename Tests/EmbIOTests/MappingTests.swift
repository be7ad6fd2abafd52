internal import CEmbIO
import EmbIO
import EmbTestSupport
internal import Glibc
import SystemPackage
import Testing

struct MappingTests {
    let folder: TemporaryFolder
    private static let page = Int(sysconf(CInt(_SC_PAGESIZE)))

    init() throws {
        folder = try TemporaryFolder()
    }

    /// One byte, around a page, around a huge page, and several with a tail.
    private static let sizes = [1, page - 1, page, page + 1, (2 << 20) - 1, 2 << 20, (2 << 20) + 1, (5 << 20) + 123]

    /// All but `bounded`, which maps nothing.
    private static let mapped = Residency.allCases.filter { $0 != .bounded }

    @Test func aBoundedFileIsReadPieceByPiece() throws {
        var random = SplitMix64.forTest("bounded")
        let bytes = random.bytes(10_000)
        let file = try map(bytes, .bounded)
        #expect(file.byteCount == bytes.count && !file.isMapped && file.mostPageTableBytes == 0)
        #expect(try file.residentBytes() == 0)
        func read(_ offset: Int) throws(IOError) -> [UInt8] {
            var piece = [UInt8](repeating: 0, count: 300)
            var span = piece.mutableSpan
            var raw = unsafe span.mutableBytes
            try file.read(offset, into: &raw)
            return piece
        }
        #expect(try read(9_000) == Array(bytes[9_000..<9_300]))
        #expect(throws: IOError.self) { try read(9_900) }
        let copy = try file.copy(4_000..<9_000, slack: 10)
        #expect([UInt8](copy.bytes) == bytes[4_000..<9_000] + [UInt8](repeating: 0, count: 10))
        try PosixFileSystem().remove(file.path)
        let mapped = try file.mapped()
        #expect([UInt8](mapped.bytes) == bytes)
        file.willNeed(0..<1 << 40)
    }

    @Test(arguments: mapped)
    func everyResidencyShowsTheBytesOfTheFile(residency: Residency) throws {
        try withEvery("size", in: MappingTests.sizes) { size in
            var random = SplitMix64.forTest("mapping \(size)")
            let bytes = random.bytes(size)
            let mapping = try map(bytes, residency)
            #expect(mapping.byteCount == size && mapping.residency == residency)
            #expect([UInt8](mapping.bytes) == bytes)
            #expect(mapping.path == folder.path(of: "t"))
        }
    }

    @Test(arguments: mapped)
    func bytesAreAlignedToPagesAndLargeFilesToHugePages(residency: Residency) throws {
        try withEvery("size", in: MappingTests.sizes) { size in
            let mapping = try map([UInt8](repeating: 1, count: size), residency)
            let address = unsafe mapping.bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
            #expect(address.isMultiple(of: size < 2 << 20 ? UInt(MappingTests.page) : 2 << 20))
        }
    }

    @Test(arguments: mapped)
    func aReplacedOrRemovedFileStaysReadable(residency: Residency) throws {
        let bytes = [UInt8](repeating: 1, count: 3 << 20)
        let mapping = try map(bytes, residency)
        var file = try AtomicFile(at: mapping.path, replacing: true)
        try file.append([2])
        try file.commit()
        let second = try Mapping(path: mapping.path)
        try PosixFileSystem().remove(mapping.path)
        #expect([UInt8](mapping.bytes) == bytes)
        #expect([UInt8](second.bytes) == [2])
    }

    @Test(arguments: Residency.allCases)
    func whatCannotBeMappedIsRefused(residency: Residency) throws {
        func expect(_ expected: IOError) {
            #expect(throws: expected) { try Mapping(path: expected.path, residency: residency) }
        }
        expect(IOError(.map, try folder.write([], to: "e"), .invalidArgument, detail: "the file is empty"))
        expect(IOError(.open, folder.path, .isDirectory))
        expect(IOError(.open, folder.path(of: "missing"), .noSuchFileOrDirectory))
        expect(IOError(.open, try folder.makePipe("pipe"), .invalidArgument, detail: "not a regular file"))
        expect(IOError(.open, "/dev/null", .invalidArgument, detail: "not a regular file"))
    }

    @Test(arguments: [Residency.populated, .hugePages, .locked])
    func whatIsReadInIsResident(residency: Residency) throws {
        try withEvery("size", in: MappingTests.sizes) { size in
            let mapping = try map([UInt8](repeating: 1, count: size), residency)
            #expect(try mapping.residentBytes() == size)
        }
    }

    @Test func mappedReadsWhatIsTouchedAndWillNeedTheRest() throws {
        let size = (8 << 20) + 5
        let path = try folder.write([UInt8](repeating: 1, count: size), to: "t")
        try evict(path)
        let mapping = try Mapping(path: path)
        // A file system that lives in memory evicts nothing.
        guard try mapping.residentBytes() < size else { return }
        #expect(try mapping.residentBytes() == 0)
        #expect([UInt8](mapping.bytes.extracting(4 << 20..<4 << 20 + 1)) == [1])
        #expect(try (1...(1 << 20)).contains(mapping.residentBytes()))
        mapping.willNeed(6 << 20..<Int.max)
        mapping.willNeed(Int.min..<2 << 20)
        #expect(try becomesTrue { try mapping.residentBytes() >= (4 << 20) + 5 })
    }

    /// What `populated` does on kernels without MADV_POPULATE_READ.
    @Test func touchingReadsEveryPageIn() throws {
        let size = (8 << 20) + 5
        let path = try folder.write([UInt8](repeating: 1, count: size), to: "t")
        try evict(path)
        let mapping = try Mapping(path: path)
        unsafe mapping.bytes.withUnsafeBytes { unsafe emb_touch_pages($0.baseAddress!, $0.count, MappingTests.page) }
        #expect(try mapping.residentBytes() == size)
    }

    @Test func willNeedTakesAnyRangeAndAllocatesNothing() throws {
        let mapping = try map([UInt8](repeating: 1, count: 10_000), .mapped)
        for range in [0..<0, 5..<5, -10..<(-5), 0..<10_000, Int.min..<Int.max] { mapping.willNeed(range) }
        let count = AllocationCounter.allocations {
            mapping.willNeed(9_999..<10_000)
            mapping.willNeed(20_000..<30_000)
        }
        if let count { #expect(count == 0) }
    }

    @Test func mappingsAreSharedByTasks() async throws {
        let bytes = [UInt8](repeating: 3, count: 100_000)
        let mapping = try map(bytes, .populated)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 { group.addTask { [UInt8](mapping.bytes) == bytes } }
            for await same in group { #expect(same) }
        }
    }

    @Test(.enabled(if: !Sanitizers.areActive, "sanitizers make mlock do nothing"))
    func aLockLimitIsNamed() async throws {
        let path = try folder.write([UInt8](repeating: 1, count: 1 << 20), to: "t")
        unsafe chmod(folder.path, 0o755)
        await #expect(processExitsWith: .success) { [path = path as String] in
            var limit = rlimit(rlim_cur: 65536, rlim_max: 65536)
            let isLimited = unsafe setrlimit(CInt(__RLIMIT_MEMLOCK.rawValue), &limit) == 0
            try #require(isLimited)
            // Root is above the limit; become nobody.
            if getuid() == 0 { try #require(setuid(65534) == 0) }
            let error = #expect(throws: IOError.self) { try Mapping(path: path, residency: .locked) }
            try #require(error?.operation == .lock && error?.errno == .noMemory)
            try #require(error?.detail == "1048576 bytes wanted, RLIMIT_MEMLOCK is 65536 bytes")
        }
    }

    private func map(_ bytes: [UInt8], _ residency: Residency) throws -> Mapping {
        try Mapping(path: folder.write(bytes, to: "t"), residency: residency)
    }

    private func evict(_ path: String) throws {
        let file = try FileDescriptor.open(FilePath(path), .readOnly)
        try #require(fsync(file.rawValue) == 0 && posix_fadvise(file.rawValue, 0, 0, POSIX_FADV_DONTNEED) == 0)
        try file.close()
    }

    private func becomesTrue(_ condition: () throws -> Bool) throws -> Bool {
        for _ in 0..<500 {
            if try condition() { return true }
            usleep(10_000)
        }
        return false
    }
}
