import Glibc
import Testing

@testable import EmbStorePack

@Suite struct SourceFileTests {
    private func error(opening path: String) -> SourceError? {
        do {
            _ = try SourceFormat.open(path)
            return nil
        } catch {
            return error
        }
    }

    @Test func whatIsNoFileIsRefused() throws {
        let folder = try TemporaryFolder()
        #expect(error(opening: folder.path)?.code == "NOT_A_FILE")
        let missing = try #require(error(opening: folder.path + "/none.npy"))
        #expect(missing.code == "CANNOT_OPEN")
        #expect("\(missing)" == "none.npy: cannot be opened: No such file or directory")
        let pipe = folder.reserve("pipe")
        try #require(unsafe mkfifo(pipe, 0o600) == 0)
        #expect(error(opening: pipe)?.code == "NOT_A_FILE")
        #expect(error(opening: "/dev/null")?.code == "NOT_A_FILE")
    }

    @Test func emptyFilesAreRefused() throws {
        let folder = try TemporaryFolder()
        #expect(error(opening: try folder.write([], to: "a.npy"))?.code == "TRUNCATED")
        #expect(error(opening: try folder.write([], to: "a.txt"))?.code == "UNKNOWN_FORMAT")
    }

    @Test(arguments: [1, 2], [false, true]) func arraysOfMoreThanTwoToThe31ElementsAreRead(
        bytesPerElement: UInt64, fortran: Bool
    ) throws {
        let folder = try TemporaryFolder()
        let rows: UInt64 = 1 << 30 + 5
        let descr = bytesPerElement == 1 ? "|i1" : "<i2"
        let header = NpyBytes.file(NpyBytes.dictionary(descr, "(\(rows), 3)", fortran: fortran))
        let path = try folder.write(header, to: "sparse.npy")
        let start = UInt64(header.count)
        let row = rows - 2
        for column in 0..<3 as Range<UInt64> {
            let element = fortran ? column * rows + row : row * 3 + column
            try put(UInt8(7 + column), at: start + element * bytesPerElement, in: path)
        }
        _ = unsafe truncate(path, Int(start + rows * 3 * bytesPerElement))
        let source = try #require(SourceFormat.open(path).first)
        (source as? MatrixSource)?.position = row
        (source as? ColumnMatrixSource)?.position = row
        #expect(try source.deliver().floats == [7, 8, 9, 0, 0, 0])
        #expect(source.shape.rowCount == rows)
    }

    private func put(_ byte: UInt8, at offset: UInt64, in path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY)
        defer { close(descriptor) }
        var byte = byte
        try #require(unsafe pwrite(descriptor, &byte, 1, Int(offset)) == 1)
    }

    @Test func filesCutWhileTheyAreReadAreReported() throws {
        let folder = try TemporaryFolder()
        let file = NpyBytes.floats([1, 2, 3, 4], shape: "(4, 1)")
        let path = try folder.write(file, to: "a.npy")
        let source = try #require(SourceFormat.open(path).first)
        _ = unsafe truncate(path, file.count - 10)
        let start = UInt64(file.count - 16)
        #expect(throws: SourceError.truncated(file: "a.npy", what: "row 0", offset: start, needed: 16, found: 6)) {
            try source.deliver(capacity: 9)
        }
    }

    @Test func rowsAfterTheEndAreNone() throws {
        for name in Fixtures.tables {
            let source = try #require(SourceFormat.open(Fixtures.path(name)).first)
            let tile = RowTile(for: source.shape)
            while try source.next(into: tile) > 0 {}
            #expect(try source.next(into: tile) == 0, "\(name)")
            #expect(tile.count == 0 && tile.keyEnds.isEmpty)
        }
    }
}
