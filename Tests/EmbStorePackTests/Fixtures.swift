import Glibc

@testable import EmbStorePack

/// The files of Tests/Fixtures/sources.
enum Fixtures {
    static let folder = "\(#filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined())/Fixtures/sources"

    static func path(_ name: String) -> String { "\(folder)/\(name)" }

    static func bytes(_ name: String) throws -> [UInt8] {
        let file = try SourceFile.open(path(name))
        return try file.bytes(at: 0, count: Int(file.byteCount), what: "fixture")
    }

    /// The values of a .f32 file.
    static func expected(_ name: String) throws -> [UInt32] {
        let bytes = try bytes(name)
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    /// The names of all files that have a table of their own, and so an expectation of that name.
    static let tables = [
        "c-f32.npy", "fortran-f32.npy", "fortran-big-f64.npy", "big-f16.npy", "big-f32.npy", "f16-all.npy",
        "f16-special.npy", "f64-rounding.npy", "int-i1.npy", "int-u1.npy", "int-i2.npy", "int-big-u2.npy",
        "int-i4.npy", "int-big-i4.npy", "int-u4.npy", "int-i8.npy", "int-big-i8.npy", "int-u8.npy", "version2.npy",
        "version3.npy", "no-rows.npy", "stored.npz", "deflated.npz", "fortran.npz", "one.safetensors", "gensim.txt",
        "gensim.bin", "gensim-no-header.txt", "word2vec-c.bin", "word2vec-c.txt", "glove.txt", "python.csv",
    ]

    /// Files of several tables.
    static let collections = ["two.npz", "types.safetensors", "model.safetensors.index.json"]
}
