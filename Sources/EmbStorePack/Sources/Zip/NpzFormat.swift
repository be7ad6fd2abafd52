/// Opens .npz archives: zip archives whose members are .npy arrays.
enum NpzFormat {
    static func sources(_ file: any ByteSource, tensor: String?) throws(SourceError) -> [any RowSource] {
        let archive = try ZipArchive(file)
        try refuseForeign(archive)
        let entries = archive.entries.filter { $0.name.hasSuffix(".npy") }
        let names = entries.map { String($0.name.dropLast(4)) }
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw .duplicateName(file: file.name, what: "members", name: name)
        }
        if let tensor { return [try source(archive, entries, names, tensor)] }
        return try tables(archive, entries)
    }

    private static func source(
        _ archive: ZipArchive, _ entries: [ZipArchive.Entry], _ names: [String], _ tensor: String
    ) throws(SourceError) -> any RowSource {
        let wanted = tensor.hasSuffix(".npy") ? String(tensor.dropLast(4)) : tensor
        guard let index = names.firstIndex(of: wanted) else {
            throw .noSuchTensor(file: archive.file.name, wanted: tensor, available: names)
        }
        return try NpyFormat.source(ZipMember(archive, entries[index]), tableName: wanted)
    }

    /// All members with two dimensions; the others are labels and the like.
    private static func tables(
        _ archive: ZipArchive, _ entries: [ZipArchive.Entry]
    ) throws(SourceError) -> [any RowSource] {
        var sources: [any RowSource] = []
        for entry in entries {
            let member = try ZipMember(archive, entry)
            let header = try NpyHeader(member)
            member.close()
            guard header.sizes.count == 2 else { continue }
            let name = String(entry.name.dropLast(4))
            sources.append(try NpyFormat.source(member, header: header, tableName: name))
        }
        guard !sources.isEmpty else {
            throw .notATable(
                file: archive.file.name, found: "\(entries.count) arrays, none with two dimensions",
                expected: "an array of rows and columns")
        }
        return sources
    }

    private static func refuseForeign(_ archive: ZipArchive) throws(SourceError) {
        let name = archive.file.name
        if archive.entries.contains(where: { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }) {
            throw .foreignFormat(
                file: name, found: "a PyTorch checkpoint",
                advice: "load it with torch (weights_only=True) and save it as .safetensors")
        }
        guard archive.entries.contains(where: { $0.name.hasSuffix(".npy") }) else {
            throw .foreignFormat(
                file: name, found: "a zip archive without .npy members", advice: "unpack it and give the table itself")
        }
    }
}
