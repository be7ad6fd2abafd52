import EmbIO
import EmbStore
import EmbStorePack

/// Streams a table's embeddings, and its keys, into files that appear when they are whole.
struct TableUnpacker {
    private static let runNumbers = 1 << 20

    private let ids: TableIDs
    private let dim: Int
    private let signedKeys: Bool

    init(_ ids: TableIDs, dim: Int, signedKeys: Bool) {
        self.ids = ids
        self.dim = dim
        self.signedKeys = signedKeys
    }

    func write(
        _ format: Unpack.TargetFormat, _ index: FaissExport?, to path: String, keys keysPath: String?, replacing: Bool,
        progress: (UInt64) -> Void
    ) throws {
        var file = try AtomicFile(at: path, replacing: replacing)
        if let keysPath {
            var keys = try AtomicFile(at: keysPath, replacing: replacing)
            try writeKeys(to: &keys)
            try writeRows(format, index, to: &file, progress)
            try keys.commit()
        } else {
            try writeRows(format, index, to: &file, progress)
        }
        try file.commit()
    }

    private func writeRows(
        _ format: Unpack.TargetFormat, _ index: FaissExport?, to file: inout AtomicFile, _ progress: (UInt64) -> Void
    ) throws {
        switch format {
        case .npy: try writeArray(to: &file, progress)
        case .glove: try writeText(.glove, to: &file, progress)
        case .word2vec: try writeText(.word2vec, to: &file, progress)
        case .faiss: try index!.write(to: { (bytes) throws(IOError) in try file.append(bytes) }, progress: progress)
        }
    }

    private func forEachRun(_ body: (UInt64, Int) throws -> Void) throws {
        let run = UInt64(max(Self.runNumbers / dim, 1))
        var first: UInt64 = 0
        while first < ids.count {
            let count = min(run, ids.count - first)
            try body(first, Int(count))
            first += count
        }
    }

    private func writeArray(to file: inout AtomicFile, _ progress: (UInt64) -> Void) throws {
        var writer = NpyWriter(element: .f32, rowCount: ids.count, dim: dim)
        try writer.start { (bytes) throws(IOError) in try file.append(bytes) }
        try forEachRun { first, count in
            let rows = try ids.embeddings(first, count: count)
            try writer.append(rows.span) { (bytes) throws(IOError) in try file.append(bytes) }
            progress(first + UInt64(count))
        }
        try writer.finish()
    }

    private func writeText(
        _ style: VectorTextWriter.Style, to file: inout AtomicFile, _ progress: (UInt64) -> Void
    ) throws {
        var writer = VectorTextWriter(style: style, rowCount: ids.count, dim: dim)
        try writer.start { (bytes) throws(IOError) in try file.append(bytes) }
        try forEachRun { first, count in
            let rows = try ids.embeddings(first, count: count)
            let keys = try self.keys(first, count: count)
            try writer.append(rows.span, keyBytes: keys.bytes.span, keyEnds: keys.ends.span) {
                (bytes) throws(IOError) in
                try file.append(bytes)
            }
            progress(first + UInt64(count))
        }
        try writer.finish()
    }

    /// The text of keys, one after the other, and where each ends.
    private func keys(_ first: UInt64, count: Int) throws -> (bytes: [UInt8], ends: [UInt32]) {
        switch try ids.run(first, count: count) {
        case .strings(let bytes, let offsets): return (bytes, offsets.dropFirst().map { UInt32($0) })
        case .integers(let numbers):
            var (bytes, ends): ([UInt8], [UInt32]) = ([], [])
            for number in numbers {
                bytes += Array((signedKeys ? "\(Int64(bitPattern: number))" : "\(number)").utf8)
                ends.append(UInt32(bytes.count))
            }
            return (bytes, ends)
        }
    }

    private func writeKeys(to file: inout AtomicFile) throws {
        try forEachRun { first, count in
            let keys = try self.keys(first, count: count)
            var lines: [UInt8] = []
            var start = 0
            for (i, end) in keys.ends.enumerated() {
                let key = keys.bytes[start..<Int(end)]
                guard !key.contains(UInt8(ascii: "\n")) else {
                    throw Failure(
                        .badData, "BAD_KEY", "the key of row \(first + UInt64(i)) has a line feed, so it is no line")
                }
                lines += key + [UInt8(ascii: "\n")]
                start = Int(end)
            }
            try unsafe file.append(lines.span.bytes)
        }
    }
}
