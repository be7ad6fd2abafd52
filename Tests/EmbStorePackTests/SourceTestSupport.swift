import Glibc
import Testing

@testable import EmbStorePack

/// Everything a source delivered, with the bits of its values.
struct Delivered: Equatable {
    var values: [UInt32] = []
    var strings: [[UInt8]] = []
    var integers: [UInt64] = []
    var rowCount = 0

    var floats: [Float] { values.map(Float.init(bitPattern:)) }
    var names: [String] { strings.map { String(decoding: $0, as: UTF8.self) } }
}

extension RowSource {
    /// Reads the source to its end through a tile of `capacity` rows.
    func deliver(capacity: Int = 3) throws(SourceError) -> Delivered {
        let tile = RowTile(capacity: capacity, dim: shape.dim, keys: shape.keys)
        var all = Delivered()
        while try next(into: tile) > 0 { all.append(tile) }
        return all
    }
}

extension Delivered {
    mutating func append(_ tile: RowTile) {
        for index in tile.values.indices { values.append(tile.values[index].bitPattern) }
        for index in tile.integerKeys.indices { integers.append(tile.integerKeys[index]) }
        for row in tile.keyEnds.indices {
            let key = tile.key(row)
            strings.append(key.indices.map { key[$0] })
        }
        rowCount += tile.count
    }
}

/// Opens bytes as a file of that name and reads every table in it.
func deliver(
    _ bytes: [UInt8], name: String, options: SourceOptions = SourceOptions(), capacity: Int = 3
) throws(SourceError) -> [Delivered] {
    var all: [Delivered] = []
    for source in try SourceFormat.open(SourceFile(name: name, bytes: bytes), options: options) {
        all.append(try source.deliver(capacity: capacity))
    }
    return all
}

/// The one table of bytes that must be readable.
func table(
    _ bytes: [UInt8], name: String, options: SourceOptions = SourceOptions(), capacity: Int = 3
) throws -> Delivered {
    let all = try deliver(bytes, name: name, options: options, capacity: capacity)
    return try #require(all.count == 1 ? all[0] : nil)
}

/// The code of the error that reading these bytes ends with, nil when they are read without one.
func refusal(_ bytes: [UInt8], name: String, options: SourceOptions = SourceOptions()) -> SourceError? {
    do {
        _ = try deliver(bytes, name: name, options: options)
        return nil
    } catch {
        return error
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A folder that is removed at the end of a test, with the files written to it.
final class TemporaryFolder {
    let path: String
    private var files: [String] = []

    init() throws {
        path = "/tmp/embstore-sources-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        try #require(unsafe mkdir(path, 0o700) == 0)
    }

    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = reserve(name)
        let handle = try unsafe #require(unsafe fopen(file, "wb"))
        defer { unsafe fclose(handle) }
        let written = unsafe fwrite(bytes, 1, bytes.count, handle)
        try #require(written == bytes.count)
        return file
    }

    /// A path in the folder that the test will make a file of.
    func reserve(_ name: String) -> String {
        files.append("\(path)/\(name)")
        return files[files.count - 1]
    }

    deinit {
        for file in files { _ = unsafe unlink(file) }
        _ = unsafe rmdir(path)
    }
}
