/// `model.safetensors.index.json`: which file of the folder holds which tensor. A habit of model hubs, not part of the
/// .safetensors format.
struct ShardIndex: Decodable {
    let shards: [String: String]

    private enum CodingKeys: String, CodingKey { case shards = "weight_map" }

    static func read(_ file: SourceFile) throws(SourceError) -> ShardIndex {
        guard file.byteCount <= UInt64(SourceLimits.jsonBytes) else {
            let limit = UInt64(SourceLimits.jsonBytes)
            throw .tooLarge(file: file.name, what: "shard index", found: file.byteCount, limit: limit)
        }
        let json = try file.bytes(at: 0, count: Int(file.byteCount), what: "shard index")
        let index = try JsonHeader.decode(ShardIndex.self, json, file: file.name, offset: 0)
        for (tensor, shard) in index.shards where shard.contains("/") || shard.isEmpty || shard.hasPrefix(".") {
            throw .badHeader(
                file: file.name, field: "weight_map.\(tensor)", offset: 0, found: shard,
                expected: "a file name without folder")
        }
        return index
    }

    /// The tensor of that name, or all tensors with two dimensions, shard by shard in the order of their names.
    static func sources(_ file: SourceFile, tensor: String?) throws(SourceError) -> [any RowSource] {
        let index = try read(file)
        if let tensor { return [try index.source(file, tensor)] }
        var sources: [any RowSource] = []
        for (shard, tensors) in index.byShard() { sources += try index.tables(file, shard, tensors) }
        return try SafetensorsFormat.required(sources, file: file, of: index.shards.count)
    }

    private func byShard() -> [(shard: String, tensors: Set<String>)] {
        var tensors: [String: Set<String>] = [:]
        for (tensor, shard) in shards { tensors[shard, default: []].insert(tensor) }
        return tensors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func source(_ file: SourceFile, _ tensor: String) throws(SourceError) -> any RowSource {
        guard let shard = shards[tensor] else {
            throw .noSuchTensor(file: file.name, wanted: tensor, available: shards.keys.sorted())
        }
        let (part, header) = try open(file, shard, for: tensor)
        guard let info = header.tensors[tensor] else { throw missing(file, tensor) }
        return try SafetensorsFormat.source(part, header, tensor, info)
    }

    private func tables(
        _ file: SourceFile, _ shard: String, _ tensors: Set<String>
    ) throws(SourceError) -> [any RowSource] {
        let (part, header) = try open(file, shard, for: tensors.min() ?? "")
        if let lost = tensors.filter({ header.tensors[$0] == nil }).min() { throw missing(file, lost) }
        return try SafetensorsFormat.tables(part, header, among: tensors)
    }

    private func open(
        _ file: SourceFile, _ shard: String, for tensor: String
    ) throws(SourceError) -> (SourceFile, SafetensorsHeader) {
        do {
            let part = try file.sibling(shard)
            return (part, try SafetensorsHeader(part))
        } catch .cannotOpen(_, let reason) {
            throw .missingShard(file: file.name, tensor: tensor, shard: shard, reason: reason)
        }
    }

    private func missing(_ file: SourceFile, _ tensor: String) -> SourceError {
        let shard = shards[tensor] ?? ""
        return .missingShard(file: file.name, tensor: tensor, shard: shard, reason: "the shard has no such tensor")
    }
}
