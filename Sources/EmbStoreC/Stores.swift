// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CEmbStore
internal import EmbCInterface
internal import EmbStore

@c @implementation
public func embstore_open(
    _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<embstore_open_options>?,
    _ store: UnsafeMutablePointer<OpaquePointer?>?
) -> embstore_status {
    unsafe store?.pointee = nil
    return status { () throws(CallError) in
        guard let store = unsafe store else { throw .null("store") }
        let path = try unsafe Argument.text(path, "path")
        let options = try unsafe SizedStruct.read(options, embstore_open_defaults(), first: 16, "options")
        let residency = try residency(options.residency)
        let cacheBytes = options.block_cache_bytes == 0 ? 64 << 20 : max(Int(options.block_cache_bytes), 0)
        let opened = try asking { () throws(StoreError) in
            try Store(path: path, residency: residency, blockCacheBytes: cacheBytes)
        }
        unsafe store.pointee = Handle.made(StoreHandle(opened))
    }
}

private func residency(_ number: Int32) throws(CallError) -> Residency {
    switch Int(number) {
    case EMBSTORE_MAPPED: .mapped
    case EMBSTORE_POPULATED: .populated
    case EMBSTORE_HUGE_PAGES: .hugePages
    case EMBSTORE_LOCKED: .locked
    case EMBSTORE_BOUNDED: .bounded
    default: throw .bad("residency", number, expected: "EMBSTORE_MAPPED to EMBSTORE_BOUNDED")
    }
}

@c @implementation
public func embstore_retain(_ store: OpaquePointer?) -> OpaquePointer? { unsafe Handle.retain(store) }

@c @implementation
public func embstore_close(_ store: OpaquePointer?) { unsafe Handle.release(store) }

@c @implementation
public func embstore_path(_ store: OpaquePointer?) -> UnsafePointer<CChar>? {
    unsafe Handle.object(store, StoreHandle.self)?.path.pointer
}

@c @implementation
public func embstore_file_bytes(_ store: OpaquePointer?) -> UInt64 {
    unsafe UInt64(Handle.object(store, StoreHandle.self)?.store.byteCount ?? 0)
}

@c @implementation
public func embstore_generation(_ store: OpaquePointer?) -> UInt64 {
    unsafe Handle.object(store, StoreHandle.self)?.store.superblock.generation ?? 0
}

@c @implementation
public func embstore_resident_bytes(_ store: OpaquePointer?, _ bytes: UnsafeMutablePointer<UInt64>?) -> embstore_status
{
    status { () throws(CallError) in
        let handle = try unsafe Handle.object(store, StoreHandle.self, "store")
        guard let bytes = unsafe bytes else { throw .null("bytes") }
        unsafe bytes.pointee = UInt64(try asking { () throws(StoreError) in try handle.store.residentBytes() })
    }
}

@c @implementation
public func embstore_warm(_ store: OpaquePointer?) -> embstore_status {
    status { () throws(CallError) in
        let handle = try unsafe Handle.object(store, StoreHandle.self, "store")
        try asking { () throws(StoreError) in try handle.store.warm() }
    }
}

@c @implementation
public func embstore_memory_use(
    _ store: OpaquePointer?, _ memory: UnsafeMutablePointer<embstore_memory>?
) -> embstore_status {
    status { () throws(CallError) in
        let handle = try unsafe Handle.object(store, StoreHandle.self, "store")
        let use = try asking { () throws(StoreError) in try handle.store.memoryUse() }
        var found = embstore_memory()
        found.file_bytes = UInt64(use.fileBytes)
        found.resident_bytes = UInt64(use.residentBytes)
        found.cache_bytes = UInt64(use.cacheBytes)
        found.most_page_table_bytes = UInt64(use.mostPageTableBytes)
        found.page_table_bytes = UInt64(use.processPageTableBytes ?? 0)
        try unsafe SizedStruct.fill(memory, found, first: 48, "memory")
    }
}

@c @implementation
public func embstore_verify(_ store: OpaquePointer?) -> embstore_status {
    status { () throws(CallError) in
        let handle = try unsafe Handle.object(store, StoreHandle.self, "store")
        try asking { () throws(StoreError) in try handle.store.verifyDeep() }
    }
}

@c @implementation
public func embstore_describe(
    _ store: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int64,
    _ length: UnsafeMutablePointer<Int64>?
) -> embstore_status {
    status { () throws(CallError) in
        let handle = try unsafe Handle.object(store, StoreHandle.self, "store")
        try unsafe Argument.write(Description(handle.store).json, text, capacity, length)
    }
}

@c @implementation
public func embstore_count_store(
    _ store: OpaquePointer?, _ counts: UnsafeMutablePointer<embstore_store_counts>?
) -> embstore_status {
    status { () throws(CallError) in
        let handle = try unsafe Handle.object(store, StoreHandle.self, "store")
        let counted = handle.store.counts
        var found = embstore_store_counts()
        (found.decoded_blocks, found.block_hits) = (counted.blocksDecoded, counted.blockHits)
        (found.ids, found.rows, found.bags) = (counted.lookups.ids, counted.lookups.rows, counted.lookups.bags)
        (found.missing, found.out_of_range) = (counted.lookups.missing, counted.lookups.outOfRange)
        (found.minor_page_faults, found.major_page_faults) = (counted.minorPageFaults, counted.majorPageFaults)
        try unsafe SizedStruct.fill(counts, found, first: 16, "counts")
    }
}
