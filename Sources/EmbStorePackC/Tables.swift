// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CEmbStore
public import CEmbStorePack
internal import EmbCInterface
internal import EmbFormat
internal import EmbStorePack

@c @implementation
public func embstore_pack_open(_ pack: UnsafeMutablePointer<OpaquePointer?>?) -> embstore_status {
    status { () throws(CallError) in
        guard let pack = unsafe pack else { throw .null("pack") }
        unsafe pack.pointee = Handle.made(PackHandle())
    }
}

@c @implementation
public func embstore_pack_close(_ pack: OpaquePointer?) { unsafe Handle.release(pack) }

/// Changes what is packed, unless it has been.
func changing(
    _ pack: OpaquePointer?, _ body: (PackHandle) throws(CallError) -> Void
) -> embstore_status {
    status { () throws(CallError) in
        let handle = try unsafe Handle.object(pack, PackHandle.self, "pack")
        try handle.checkOpen()
        try body(handle)
    }
}

@c @implementation
public func embstore_pack_array(
    _ pack: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ expression: UnsafePointer<CChar>?, _ element: Int32,
    _ rows: UnsafeRawPointer?, _ rowCount: Int64, _ dim: Int64
) -> embstore_status {
    unsafe changing(pack) { (handle) throws(CallError) in
        let name = try unsafe Argument.text(name, "name")
        let expression = try unsafe Argument.text(expression, "expression")
        let element = try sourceElement(element)
        guard dim >= 1, dim <= Int64(SourceLimits.dim) else {
            throw .bad("dim", dim, expected: "1 to \(SourceLimits.dim)")
        }
        let piece = try unsafe piece(rows, rowCount, Int(dim) * element.byteCount)
        handle.add(TablePlan(name: name, source: placeholder(name), expression: expression))
        unsafe handle.tables[handle.tables.count - 1].array = ([piece], element, Int(dim))
    }
}

@c @implementation
public func embstore_pack_more_rows(
    _ pack: OpaquePointer?, _ table: Int64, _ rows: UnsafeRawPointer?, _ rowCount: Int64
) -> embstore_status {
    unsafe changing(pack) { (handle) throws(CallError) in
        let number = try handle.table(table)
        guard let array = unsafe handle.tables[number].array else {
            throw .bad("table", table, expected: "the number of an array")
        }
        let piece = try unsafe piece(rows, rowCount, array.dim * array.element.byteCount)
        unsafe handle.tables[number].array?.pieces.append(piece)
    }
}

private func piece(
    _ rows: UnsafeRawPointer?, _ rowCount: Int64, _ rowBytes: Int
) throws(CallError) -> UnsafeRawBufferPointer {
    let (bytes, overflow) = try Argument.count(rowCount, "row_count").multipliedReportingOverflow(by: rowBytes)
    guard !overflow else { throw .bad("row_count", rowCount, expected: "fewer") }
    guard unsafe rows != nil || bytes == 0 else { throw .null("rows") }
    return unsafe UnsafeRawBufferPointer(start: rows, count: bytes)
}

@c @implementation
public func embstore_pack_file(
    _ pack: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ expression: UnsafePointer<CChar>?,
    _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<embstore_pack_source_options>?
) -> embstore_status {
    unsafe changing(pack) { (handle) throws(CallError) in
        let name = unsafe Argument.text(name)
        let expression = try unsafe Argument.text(expression, "expression")
        let path = try unsafe Argument.text(path, "path")
        let given = try unsafe SizedStruct.read(options, embstore_pack_source_defaults(), first: 48, "options")
        let options = try unsafe sourceOptions(given)
        let sources = try reading { () throws(SourceError) in try SourceFormat.open(path, options: options) }
        guard name == nil || sources.count == 1 else {
            throw CallError(
                EMBSTORE_BAD_ARGUMENT,
                "name is \"\(name!)\", and \(path) has \(sources.count) tables; `tensor` takes one")
        }
        let keys = unsafe Argument.text(given.keys)
        guard keys == nil || sources.count == 1 else {
            throw CallError(
                EMBSTORE_BAD_ARGUMENT,
                "keys is \"\(keys!)\", and \(path) has \(sources.count) tables; `tensor` takes one")
        }
        for source in sources {
            let rows = try reading { () throws(SourceError) in
                try keys.map { (path) throws(SourceError) in
                    try KeyFile.open(path, keyKind: options.keyKind).keyed(source)
                } ?? source
            }
            let own = source.shape.tableName ?? fileStem(path)
            handle.add(TablePlan(name: name ?? own, source: rows, expression: expression))
        }
    }
}

@c @implementation
public func embstore_pack_import(
    _ pack: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ method: UnsafePointer<CChar>?,
    _ expression: UnsafePointer<CChar>?, _ path: UnsafePointer<CChar>?,
    _ options: UnsafePointer<embstore_pack_import_options>?
) -> embstore_status {
    unsafe changing(pack) { (handle) throws(CallError) in
        let method = try unsafe Argument.text(method, "method")
        let path = try unsafe Argument.text(path, "path")
        let options = try unsafe SizedStruct.read(options, embstore_pack_import_defaults(), first: 24, "options")
        var request = ImportRequest(expression: try unsafe Argument.text(expression, "expression"))
        request.prefix = unsafe Argument.text(options.prefix) ?? ""
        request.idCount = unsafe options.id_count == 0 ? nil : options.id_count
        let imported = try packing { () throws(PackError) in
            try Importer.table(method: method, path: path, request)
        }
        var plan = imported.plan
        if let name = unsafe Argument.text(name) { plan.name = name }
        let number = UInt32(handle.tables.count)
        handle.add(plan)
        for feature in imported.features {
            handle.features.append(FeatureEntry(name: feature.name, table: number, arguments: feature.arguments))
        }
    }
}

@c @implementation
public func embstore_pack_table_count(_ pack: OpaquePointer?) -> Int64 {
    unsafe Int64(Handle.object(pack, PackHandle.self)?.tables.count ?? 0)
}

@c @implementation
public func embstore_pack_table_name(_ pack: OpaquePointer?, _ table: Int64) -> UnsafePointer<CChar>? {
    guard let tables = unsafe Handle.object(pack, PackHandle.self)?.tables, tables.indices.contains(Int(table)) else {
        return nil
    }
    return unsafe tables[Int(table)].name.pointer
}

private func sourceOptions(_ given: embstore_pack_source_options) throws(CallError) -> SourceOptions {
    var options = unsafe SourceOptions(tensor: Argument.text(given.tensor))
    if let format = unsafe Argument.text(given.format) {
        guard let known = SourceFormat(rawValue: format) else {
            let names = SourceFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw CallError(EMBSTORE_BAD_ARGUMENT, "format is \"\(format)\", expected \(names)")
        }
        options.format = known
    }
    if unsafe given.integer_keys != 0 { options.keyKind = .integers }
    if unsafe given.dim != 0 { options.dim = unsafe Int(given.dim) }
    if let column = unsafe Argument.text(given.key_column) {
        options.keyColumn = Int(column).map(KeyColumn.index) ?? .name(column)
    }
    return options
}

/// A file's name without folder and extension.
private func fileStem(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return String(name) }
    return String(name[..<dot])
}

private func sourceElement(_ number: Int32) throws(CallError) -> SourceElement {
    switch Int(number) {
    case EMBSTORE_PACK_F32: .f32
    case EMBSTORE_PACK_F16: .f16
    case EMBSTORE_PACK_BF16: .bf16
    case EMBSTORE_PACK_F64: .f64
    case EMBSTORE_PACK_I8: .i8
    case EMBSTORE_PACK_U8: .u8
    case EMBSTORE_PACK_I16: .i16
    case EMBSTORE_PACK_U16: .u16
    case EMBSTORE_PACK_I32: .i32
    case EMBSTORE_PACK_U32: .u32
    case EMBSTORE_PACK_I64: .i64
    case EMBSTORE_PACK_U64: .u64
    default: throw .bad("element", number, expected: "EMBSTORE_PACK_F32 to EMBSTORE_PACK_U64")
    }
}
