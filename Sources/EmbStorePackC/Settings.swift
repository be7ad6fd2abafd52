// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CEmbStore
public import CEmbStorePack
internal import EmbCInterface
internal import EmbCodecs
internal import EmbFormat
internal import EmbStorePack

@c @implementation
public func embstore_pack_keys(
    _ pack: OpaquePointer?, _ table: Int64, _ keys: UnsafePointer<embstore_ids>?
) -> embstore_status {
    unsafe changing(pack) { (handle) throws(CallError) in
        let number = try handle.table(table)
        handle.tables[number].keys = try unsafe copied(keys)
    }
}

/// The keys of a run of ids.
private func copied(_ run: UnsafePointer<embstore_ids>?) throws(CallError) -> ArraySource.Keys {
    guard let run = unsafe run?.pointee else { throw .null("keys") }
    let count = try unsafe Argument.count(run.count, "keys.count")
    guard unsafe run.values != nil || count == 0 else { throw .null("keys.values") }
    switch unsafe Int(run.type) {
    case EMBSTORE_ID_INT32: return unsafe .integers(integers(run, count, Int32.self))
    case EMBSTORE_ID_INT64: return unsafe .integers(integers(run, count, Int64.self))
    case EMBSTORE_ID_UINT64: return unsafe .integers(integers(run, count, UInt64.self))
    case EMBSTORE_ID_BYTE_STRINGS: return unsafe .strings(try byteStrings(run, count))
    case EMBSTORE_ID_C_STRINGS: return unsafe .strings(try cStrings(run, count))
    default:
        throw unsafe .bad("keys.type", run.type, expected: "EMBSTORE_ID_INT32 to EMBSTORE_ID_C_STRINGS")
    }
}

private func integers<Number: FixedWidthInteger>(
    _ run: embstore_ids, _ count: Int, _ type: Number.Type
) -> [UInt64] {
    let values = unsafe UnsafeBufferPointer(start: run.values?.assumingMemoryBound(to: type), count: count)
    return unsafe values.map { UInt64(truncatingIfNeeded: $0) }
}

private func byteStrings(_ run: embstore_ids, _ count: Int) throws(CallError) -> [[UInt8]] {
    guard let offsets = unsafe run.offsets else { throw .null("keys.offsets") }
    let bytes = unsafe run.values?.assumingMemoryBound(to: UInt8.self)
    var keys: [[UInt8]] = []
    keys.reserveCapacity(count)
    for i in 0..<count {
        let (start, end) = unsafe (offsets[i], offsets[i + 1])
        guard start <= end, end <= UInt64(Int.max) else {
            throw CallError(
                EMBSTORE_BAD_OFFSETS, "keys.offsets: \(end) follows \(start), expected no less", position: i + 1)
        }
        keys.append(
            unsafe Array(UnsafeBufferPointer(start: bytes.map { unsafe $0 + Int(start) }, count: Int(end - start))))
    }
    return keys
}

private func cStrings(_ run: embstore_ids, _ count: Int) throws(CallError) -> [[UInt8]] {
    let strings = unsafe UnsafeBufferPointer(
        start: run.values?.assumingMemoryBound(to: UnsafePointer<CChar>?.self), count: count)
    var keys: [[UInt8]] = []
    keys.reserveCapacity(count)
    for i in 0..<count {
        guard var next = unsafe strings[i] else {
            throw CallError(EMBSTORE_NULL_ARGUMENT, "keys.values[\(i)] is NULL", position: i)
        }
        var key: [UInt8] = []
        while unsafe next.pointee != 0 {
            unsafe key.append(UInt8(bitPattern: next.pointee))
            unsafe next += 1
        }
        keys.append(key)
    }
    return keys
}

@c @implementation
public func embstore_pack_frequencies(
    _ pack: OpaquePointer?, _ table: Int64, _ frequencies: UnsafePointer<Float>?, _ count: Int64
) -> embstore_status {
    unsafe changing(pack) { (handle) throws(CallError) in
        let number = try handle.table(table)
        let span = try unsafe Argument.elements(frequencies, try Argument.count(count, "count"), "frequencies")
        handle.tables[number].plan.frequencies = span.indices.map { span[$0] }
    }
}

@c @implementation
public func embstore_pack_parameter(
    _ pack: OpaquePointer?, _ table: Int64, _ column: UnsafePointer<CChar>?, _ element: Int32,
    _ values: UnsafeRawPointer?, _ rows: Int64, _ width: Int64
) -> embstore_status {
    unsafe changing(pack) { (handle) throws(CallError) in
        let number = try handle.table(table)
        let name = try unsafe Argument.text(column, "column")
        let element = try columnElement(element)
        let rowCount = try Argument.count(rows, "rows")
        guard (1...Int64(UInt32.max)).contains(width) else {
            throw .bad("width", width, expected: "1 to \(UInt32.max)")
        }
        let (bytes, overflow) = rowCount.multipliedReportingOverflow(by: Int(width) * element.byteCount)
        guard !overflow else { throw .bad("rows", rows, expected: "fewer") }
        let span = try unsafe Argument.elements(values?.assumingMemoryBound(to: UInt8.self), bytes, "values")
        let shape = ColumnShape(element, rows: UInt64(rowCount), width: UInt32(width))
        let bare = name.split(separator: ".", maxSplits: 1).last.map(String.init) ?? name
        handle.tables[number].plan.parameters[name] = ColumnData(bare, shape, bytes: span.indices.map { span[$0] })
    }
}

private func columnElement(_ number: Int32) throws(CallError) -> ElementType {
    switch Int(number) {
    case EMBSTORE_PACK_F32: .f32
    case EMBSTORE_PACK_F16: .f16
    case EMBSTORE_PACK_BF16: .bf16
    case EMBSTORE_PACK_U8: .u8
    case EMBSTORE_PACK_U32: .u32
    case EMBSTORE_PACK_U64: .u64
    default: throw .bad("element", number, expected: "EMBSTORE_PACK_F32, _F16, _BF16, _U8, _U32 or _U64")
    }
}

@c @implementation
public func embstore_pack_feature(
    _ pack: OpaquePointer?, _ table: Int64, _ name: UnsafePointer<CChar>?, _ arguments: UnsafePointer<CChar>?
) -> embstore_status {
    unsafe changing(pack) { (handle) throws(CallError) in
        let number = try handle.table(table)
        let name = try unsafe Argument.text(name, "name")
        let arguments = unsafe Argument.text(arguments) ?? ""
        handle.features.append(FeatureEntry(name: name, table: UInt32(number), arguments: arguments))
    }
}

@c @implementation
public func embstore_pack_attribute(
    _ pack: OpaquePointer?, _ table: Int64, _ key: UnsafePointer<CChar>?, _ value: UnsafePointer<CChar>?
) -> embstore_status {
    unsafe changing(pack) { (handle) throws(CallError) in
        let number = try handle.table(table)
        let (key, value) = unsafe (try Argument.text(key, "key"), try Argument.text(value, "value"))
        handle.tables[number].plan.attributes.append(TableEntry.Attribute(key: key, value: value))
    }
}

@c @implementation
public func embstore_pack_set(
    _ pack: OpaquePointer?, _ table: Int64, _ options: UnsafePointer<embstore_pack_table_options>?
) -> embstore_status {
    unsafe changing(pack) { (handle) throws(CallError) in
        let number = try handle.table(table)
        let options = try unsafe SizedStruct.read(options, embstore_pack_table_defaults(), first: 64, "options")
        var plan = handle.tables[number].plan
        plan.missing = try choice(
            unsafe options.missing == 0 ? Int32(EMBSTORE_MISSING_ERROR) : options.missing, "missing",
            [
                (EMBSTORE_MISSING_ERROR, .error), (EMBSTORE_MISSING_ZERO, .zero), (EMBSTORE_MISSING_DEFAULT, .default),
                (EMBSTORE_MISSING_HASHED, .hashed),
            ])
        plan.duplicates = try unsafe choice(
            options.duplicates, "duplicates",
            [
                (EMBSTORE_PACK_DUPLICATE_ERROR, .error), (EMBSTORE_PACK_KEEP_FIRST, .first),
                (EMBSTORE_PACK_KEEP_LAST, .last),
            ])
        plan.nonFinite = try unsafe choice(
            options.non_finite, "non_finite", [(EMBSTORE_PACK_REFUSE, .refuse), (EMBSTORE_PACK_CLAMP, .clamp)])
        plan.order = try unsafe choice(
            options.order, "order",
            [
                (EMBSTORE_PACK_ORDER_SOURCE, .source), (EMBSTORE_PACK_ORDER_FREQUENCY, .frequency),
                (EMBSTORE_PACK_ORDER_NORM, .norm),
            ])
        plan.storage = try unsafe storage(options)
        plan.rowsAreStored = unsafe options.rows_are_stored != 0
        plan.idCount = unsafe options.id_count == 0 ? plan.idCount : options.id_count
        plan.dim = unsafe options.dim == 0 ? plan.dim : Int(options.dim)
        if let row = unsafe Argument.text(options.default_row) {
            let hasKeys = handle.tables[number].keys != nil || plan.source.shape.keys != .none
            guard hasKeys || UInt64(row) != nil else {
                throw CallError(
                    EMBSTORE_BAD_ARGUMENT, "default_row is \"\(row)\", expected a row number, as there are no keys")
            }
            plan.defaultRow = hasKeys ? .key(row) : .row(UInt64(row)!)
        }
        handle.tables[number].plan = plan
    }
}

private func choice<Value>(
    _ number: Int32, _ argument: StaticString, _ values: [(Int, Value)]
) throws(CallError) -> Value {
    guard let value = values.first(where: { $0.0 == Int(number) }) else {
        throw .bad(argument, number, expected: "\(values[0].0) to \(values[values.count - 1].0)")
    }
    return value.1
}

private func storage(_ options: embstore_pack_table_options) throws(CallError) -> StoreWriter.Storage {
    let encoding: SegmentEncoding = try unsafe choice(
        options.compression, "compression",
        [(EMBSTORE_PACK_RAW, .raw), (EMBSTORE_PACK_LZ4, .lz4), (EMBSTORE_PACK_ZSTD, .zstd)])
    let bytes = unsafe options.block_bytes
    guard bytes >= 0, bytes <= Int64(FormatLimits.blockBytes) else {
        throw .bad("block_bytes", bytes, expected: "0 to \(FormatLimits.blockBytes)")
    }
    return encoding == .raw ? .raw : .init(encoding, blockBytes: bytes == 0 ? 64 << 10 : Int(bytes))
}
