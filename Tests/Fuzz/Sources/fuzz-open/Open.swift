internal import EmbCodecs
internal import EmbFormat
internal import EmbStore

private let file = MemoryFile()

/// Any bytes as a file: refused, or every table answers every kind of lookup.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ data: UnsafePointer<UInt8>!, _ size: Int) -> CInt {
    let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size)
    unsafe file.write(bytes)
    do throws(StoreError) {
        let store = try Store(path: file.path, blockCacheBytes: 1 << 16)
        unsafe checkRoundTrip(store, bytes)
        verify(store)
        for table in store.tables.prefix(4) { Lookups(table).run() }
        for feature in store.catalog.features.prefix(4) { Lookups(try store.feature(feature.name)).run() }
    } catch {
        _ = error.description
    }
    return 0
}

/// What deep verification accepts, the cheap one does.
private func verify(_ store: Store) {
    let isDeeplyRight = (try? store.verifyDeep()) != nil
    let isRight = (try? store.verify()) != nil
    precondition(isRight || !isDeeplyRight)
}

/// A file that opens has one spelling only: what was read writes the same bytes.
private func checkRoundTrip(_ store: Store, _ bytes: UnsafeRawBufferPointer) {
    let catalogOffset = Int(store.superblock.catalogOffset)
    precondition(unsafe bytes.prefix(Superblock.byteCount).elementsEqual(store.superblock.serialized()))
    precondition(unsafe bytes.dropFirst(catalogOffset).elementsEqual(store.catalog.serialized()))
}
