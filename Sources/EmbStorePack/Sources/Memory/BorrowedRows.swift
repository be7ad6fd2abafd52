/// Rows in memory that belongs to somebody else, in one piece or several, as a source: nothing is copied.
public enum BorrowedRows {
    /// A source over `pieces`, whole rows of `dim` elements each.
    ///
    /// - Parameters:
    ///   - name: For messages.
    ///   - pieces: Must stay as they are for as long as the source lives. Without alignment.
    public static func source(
        name: String, _ element: SourceElement, dim: Int, _ pieces: [UnsafeRawBufferPointer]
    ) throws(SourceError) -> any RowSource {
        let bytes = unsafe BorrowedBytes(name: name, pieces)
        let rowBytes = UInt64(max(dim, 1) * element.byteCount)
        precondition(element != .text && bytes.byteCount.isMultiple(of: rowBytes), "a row without all its numbers")
        let rowCount = bytes.byteCount / rowBytes
        try MatrixLayout.checkTable([rowCount, UInt64(max(dim, 0))], name: name)
        let layout = MatrixLayout(
            rowCount: rowCount, dim: dim, start: 0, decoder: ElementDecoder(element: element, bigEndian: false))
        return MatrixSource(bytes, layout: layout, tableName: nil)
    }
}

/// Pieces of memory, read as if they were one file.
@safe private final class BorrowedBytes: ByteSource {
    let name: String
    let byteCount: UInt64
    let isSeekable = true
    private let pieces: [UnsafeRawBufferPointer]
    /// Where each piece begins.
    private let starts: [UInt64]

    init(name: String, _ pieces: [UnsafeRawBufferPointer]) {
        self.name = name
        unsafe self.pieces = pieces
        var (starts, end): ([UInt64], UInt64) = ([], 0)
        for number in unsafe pieces.indices {
            starts.append(end)
            unsafe end += UInt64(pieces[number].count)
        }
        (self.starts, byteCount) = (starts, end)
    }

    func read(at offset: UInt64, into bytes: inout MutableRawSpan) -> Int {
        let wanted = Int(min(UInt64(bytes.byteCount), byteCount - min(offset, byteCount)))
        guard wanted > 0, var number = starts.lastIndex(where: { $0 <= offset }) else { return 0 }
        var done = 0
        unsafe bytes.withUnsafeMutableBytes { room in
            while done < wanted {
                let piece = unsafe pieces[number]
                let first = Int(offset + UInt64(done) - starts[number])
                let count = min(piece.count - first, wanted - done)
                if count > 0 {
                    let part = unsafe UnsafeRawBufferPointer(rebasing: piece[first..<first + count])
                    unsafe UnsafeMutableRawBufferPointer(rebasing: room[done...]).copyMemory(from: part)
                }
                done += count
                number += 1
            }
        }
        return done
    }
}
