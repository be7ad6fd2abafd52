import FoundationEssentials

/// The header of a .safetensors file: eight bytes of length, then JSON. Everything after it is tensor bytes.
struct SafetensorsHeader {
    let tensors: [String: TensorInfo]
    /// Where the tensor bytes begin.
    let start: UInt64

    /// Reads the header and checks that the tensors fill the file without hole or overlap.
    init(_ file: any ByteSource) throws(SourceError) {
        let stored = try file.bytes(at: 0, count: 8, what: "header length")
        let length = stored.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(SourceLimits.jsonBytes) else {
            let limit = UInt64(SourceLimits.jsonBytes)
            throw .tooLarge(file: file.name, what: "header length", found: length, limit: limit)
        }
        start = 8 + length
        let json = try file.bytes(at: 8, count: Int(length), what: "header")
        guard json.first == UInt8(ascii: "{") else {
            let found = Shown.bytes(json.span, limit: 16)
            throw .badHeader(file: file.name, field: "header", offset: 8, found: found, expected: "{")
        }
        tensors = try JsonHeader.decode(TensorMap.self, json, file: file.name, offset: 8).tensors
        try checkRanges(file)
    }

    private func checkRanges(_ file: any ByteSource) throws(SourceError) {
        var ranges: [(name: String, begin: UInt64, end: UInt64)] = []
        for (name, tensor) in tensors {
            try Self.checkSize(tensor, "\(file.name):\(name)")
            ranges.append((name, tensor.offsets[0], tensor.offsets[1]))
        }
        ranges.sort { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }
        var end: UInt64 = 0
        for range in ranges {
            guard range.begin == end else {
                throw .badRange(
                    file: "\(file.name):\(range.name)", found: "\(range.begin) to \(range.end)",
                    expected: "\(range.begin > end ? "no hole" : "no overlap"): a begin of \(end)")
            }
            end = range.end
        }
        let left = file.byteCount - start
        guard end <= left else {
            throw .truncated(file: file.name, what: "tensors", offset: start, needed: end, found: left)
        }
        guard end == left else { throw .trailingBytes(file: file.name, offset: start + end, count: left - end) }
    }

    private static func checkSize(_ tensor: TensorInfo, _ name: String) throws(SourceError) {
        guard tensor.offsets.count == 2, tensor.offsets[0] <= tensor.offsets[1] else {
            throw .badRange(file: name, found: "\(tensor.offsets)", expected: "a begin and an end")
        }
        // A type that this version does not know has a size that it does not know.
        guard let bits = tensor.elementBits else { return }
        let found = tensor.offsets[1] - tensor.offsets[0]
        guard let needed = MatrixLayout.byteCount(tensor.sizes, elementBits: bits), needed == found else {
            let needed = MatrixLayout.byteCount(tensor.sizes, elementBits: bits).map { "\($0)" } ?? "no whole number of"
            throw .badRange(
                file: name, found: "\(found) bytes long",
                expected: "\(needed) bytes for \(tensor.dtype) \(tensor.sizes)")
        }
    }
}

/// The JSON object: tensors by name, and `__metadata__`, which is text by name and not read.
private struct TensorMap: Decodable {
    var tensors: [String: TensorInfo] = [:]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: JsonName.self)
        for key in container.allKeys where key.stringValue != "__metadata__" {
            tensors[key.stringValue] = try container.decode(TensorInfo.self, forKey: key)
        }
    }
}
