/// A file under the name of the tensor that is read from it.
final class NamedSource: ByteSource {
    let name: String
    private let file: any ByteSource

    init(_ file: any ByteSource, name: String) {
        self.file = file
        self.name = name
    }

    var byteCount: UInt64 { file.byteCount }
    var isSeekable: Bool { file.isSeekable }

    func read(at offset: UInt64, into bytes: inout MutableRawSpan) throws(SourceError) -> Int {
        try file.read(at: offset, into: &bytes)
    }
}
