/// Opens .safetensors files and indexes of several.
enum SafetensorsFormat {
    /// The tensor of that name, or all tensors with two dimensions in the order of the file.
    static func sources(_ file: any ByteSource, tensor: String?) throws(SourceError) -> [any RowSource] {
        let header = try SafetensorsHeader(file)
        guard let tensor else {
            let sources = try tables(file, header)
            return try required(sources, file: file, of: header.tensors.count)
        }
        guard let info = header.tensors[tensor] else {
            throw .noSuchTensor(file: file.name, wanted: tensor, available: header.tensors.keys.sorted())
        }
        return [try source(file, header, tensor, info)]
    }

    /// The tensors of a file with two dimensions. Types that cannot be read are errors, not omissions.
    static func tables(
        _ file: any ByteSource, _ header: SafetensorsHeader, among names: Set<String>? = nil
    ) throws(SourceError) -> [any RowSource] {
        let tables = header.tensors.filter { $0.value.sizes.count == 2 && names?.contains($0.key) ?? true }
        let ordered = tables.sorted { ($0.value.offsets[0], $0.key) < ($1.value.offsets[0], $1.key) }
        var sources: [any RowSource] = []
        for (name, info) in ordered { sources.append(try source(file, header, name, info)) }
        return sources
    }

    /// The rows of one tensor.
    static func source(
        _ file: any ByteSource, _ header: SafetensorsHeader, _ name: String, _ info: TensorInfo
    ) throws(SourceError) -> any RowSource {
        let named = NamedSource(file, name: "\(file.name):\(name)")
        guard let element = info.element else {
            let expected = "F64, F32, F16, BF16, or integers; choose another tensor"
            throw .unsupportedType(file: named.name, found: info.dtype, expected: expected)
        }
        try MatrixLayout.checkTable(info.sizes, name: named.name)
        let layout = MatrixLayout(
            rowCount: info.sizes[0], dim: Int(info.sizes[1]), start: header.start + info.offsets[0],
            decoder: ElementDecoder(element: element, bigEndian: false))
        return MatrixSource(named, layout: layout, tableName: name)
    }

    static func required(
        _ sources: [any RowSource], file: any ByteSource, of count: Int
    ) throws(SourceError) -> [any RowSource] {
        guard sources.isEmpty else { return sources }
        throw .notATable(
            file: file.name, found: "\(count) tensors, none with two dimensions",
            expected: "a tensor of rows and columns")
    }
}
