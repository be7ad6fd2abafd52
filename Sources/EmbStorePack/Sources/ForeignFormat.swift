/// Files of other programs that come this way often enough to be told what to do.
struct ForeignFormat {
    let magic: [UInt8]
    let found: String
    let advice: String

    /// The format that a file begins like.
    static func recognize(_ prefix: [UInt8]) -> ForeignFormat? { known.first { prefix.starts(with: $0.magic) } }

    private init(_ magic: [UInt8], _ found: String, _ advice: String) {
        self.magic = magic
        self.found = found
        self.advice = advice
    }

    private init(_ magic: StaticString, _ found: String, _ advice: String) {
        self.init(Array("\(magic)".utf8), found, advice)
    }

    private static let throughPython = "read it with the Python package, or save it as .npy or .safetensors"
    private static let decompress = "decompress it first"

    private static let known = [
        ForeignFormat([0x89, 0x45, 0x4d, 0x42, 13, 10, 26, 10], "an .emb file", "it is already packed"),
        ForeignFormat([0x80, 2], "a Python pickle", "load it where it was made and save it as .npy or .safetensors"),
        ForeignFormat([0x80, 3], "a Python pickle", "load it where it was made and save it as .npy or .safetensors"),
        ForeignFormat([0x80, 4], "a Python pickle", "load it where it was made and save it as .npy or .safetensors"),
        ForeignFormat([0x80, 5], "a Python pickle", "load it where it was made and save it as .npy or .safetensors"),
        ForeignFormat(
            [0xba, 0x16, 0x4f, 0x2f], "a fastText model (.bin or .ftz)",
            "save its vectors as .vec (fastText's print-word-vectors); .ftz holds supervised models only"),
        ForeignFormat("PAR1", "a Parquet file", throughPython),
        ForeignFormat("ARROW1", "an Arrow file", throughPython),
        ForeignFormat([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10], "an HDF5 file", throughPython),
        ForeignFormat("FiFu", "a finalfusion file", "convert it to word2vec with finalfusion's own tool"),
        ForeignFormat("GGUF", "a GGUF model", "take the .safetensors file that it was made from"),
        ForeignFormat("SQLite format 3\0", "an SQLite database", "export its vectors as text"),
        ForeignFormat([0x1f, 0x8b], "compressed by gzip", decompress),
        ForeignFormat([0x28, 0xb5, 0x2f, 0xfd], "compressed by zstd", decompress),
        ForeignFormat([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "compressed by xz", decompress),
        ForeignFormat([0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59], "compressed by bzip2", decompress),
        ForeignFormat([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive", decompress),
        ForeignFormat([0xff, 0xfe], "UTF-16 text", "convert it to UTF-8"),
        ForeignFormat([0xfe, 0xff], "UTF-16 text", "convert it to UTF-8"),
    ]
}
