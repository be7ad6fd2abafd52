// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CEmbStore
internal import EmbCInterface
internal import EmbStore

@c @implementation
public func embstore_table_count(_ store: OpaquePointer?) -> Int64 {
    unsafe Int64(Handle.object(store, StoreHandle.self)?.tables.count ?? 0)
}

@c @implementation
public func embstore_table_name_at(_ store: OpaquePointer?, _ number: Int64) -> UnsafePointer<CChar>? {
    guard let tables = unsafe Handle.object(store, StoreHandle.self)?.tables, tables.indices.contains(Int(number))
    else {
        return nil
    }
    return unsafe tables[Int(number)].name.pointer
}

@c @implementation
public func embstore_feature_count(_ store: OpaquePointer?) -> Int64 {
    unsafe Int64(Handle.object(store, StoreHandle.self)?.featureNames.count ?? 0)
}

@c @implementation
public func embstore_feature_name_at(_ store: OpaquePointer?, _ number: Int64) -> UnsafePointer<CChar>? {
    guard let names = unsafe Handle.object(store, StoreHandle.self)?.featureNames, names.indices.contains(Int(number))
    else {
        return nil
    }
    return unsafe names[Int(number)].pointer
}

@c @implementation
public func embstore_table_open(
    _ store: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ table: UnsafeMutablePointer<OpaquePointer?>?
) -> embstore_status {
    unsafe open(store, name, table) { (store, name) throws(CallError) in try store.table(name) }
}

@c @implementation
public func embstore_feature_open(
    _ store: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ table: UnsafeMutablePointer<OpaquePointer?>?
) -> embstore_status {
    unsafe open(store, name, table) { (store, name) throws(CallError) in try store.feature(name) }
}

private func open(
    _ store: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ table: UnsafeMutablePointer<OpaquePointer?>?,
    _ find: (StoreHandle, String) throws(CallError) -> TableHandle
) -> embstore_status {
    unsafe table?.pointee = nil
    return status { () throws(CallError) in
        guard let table = unsafe table else { throw .null("table") }
        let store = try unsafe Handle.object(store, StoreHandle.self, "store")
        unsafe table.pointee = Handle.made(try find(store, try unsafe Argument.text(name, "name")))
    }
}

@c @implementation
public func embstore_table_retain(_ table: OpaquePointer?) -> OpaquePointer? { unsafe Handle.retain(table) }

@c @implementation
public func embstore_table_close(_ table: OpaquePointer?) { unsafe Handle.release(table) }

@c @implementation
public func embstore_table_name(_ table: OpaquePointer?) -> UnsafePointer<CChar>? {
    unsafe Handle.object(table, TableHandle.self)?.name.pointer
}

@c @implementation
public func embstore_table_expression(_ table: OpaquePointer?) -> UnsafePointer<CChar>? {
    unsafe Handle.object(table, TableHandle.self)?.expression.pointer
}

@c @implementation
public func embstore_table_dim(_ table: OpaquePointer?) -> Int64 {
    unsafe Int64(Handle.object(table, TableHandle.self)?.table.dim ?? 0)
}

@c @implementation
public func embstore_table_id_count(_ table: OpaquePointer?) -> UInt64 {
    unsafe Handle.object(table, TableHandle.self)?.table.idCount ?? 0
}

@c @implementation
public func embstore_table_row_count(_ table: OpaquePointer?) -> UInt64 {
    unsafe Handle.object(table, TableHandle.self)?.table.rowCount ?? 0
}

@c @implementation
public func embstore_table_id_kinds(_ table: OpaquePointer?) -> Int32 {
    guard let index = unsafe Handle.object(table, TableHandle.self)?.table.index else { return 0 }
    let kinds =
        (index.accepts(.integer) ? EMBSTORE_INTEGERS : 0) + (index.accepts(.string) ? EMBSTORE_STRINGS : 0)
    return Int32(kinds)
}

@c @implementation
public func embstore_table_missing(_ table: OpaquePointer?) -> Int32 {
    guard let policy = unsafe Handle.object(table, TableHandle.self)?.table.missingPolicy else { return 0 }
    return number(of: policy)
}

@c @implementation
public func embstore_table_is_searchable(_ table: OpaquePointer?) -> Int32 {
    unsafe Handle.object(table, TableHandle.self)?.table.isSearchable == true ? 1 : 0
}

@c @implementation
public func embstore_count_table(
    _ table: OpaquePointer?, _ counts: UnsafeMutablePointer<embstore_table_counts>?
) -> embstore_status {
    status { () throws(CallError) in
        let counted = try unsafe Handle.object(table, TableHandle.self, "table").table.counts
        var found = embstore_table_counts()
        (found.ids, found.bags, found.missing) = (counted.ids, counted.bags, counted.missing)
        (found.rows, found.out_of_range) = (counted.rows, counted.outOfRange)
        try unsafe SizedStruct.fill(counts, found, first: 32, "counts")
    }
}
