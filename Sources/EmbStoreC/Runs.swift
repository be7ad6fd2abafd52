internal import CEmbStore
internal import EmbCInterface
internal import EmbStore

/// Shows a caller's ids as lookups take them.
@inline(__always)
func withIDs(
    _ run: UnsafePointer<embstore_ids>?, _ body: (IDs) throws(CallError) -> Void
) throws(CallError) {
    guard let run = unsafe run?.pointee else { throw .null("ids") }
    let count = try unsafe Argument.count(run.count, "ids.count")
    switch unsafe Int(run.type) {
    case EMBSTORE_ID_INT32:
        let ids = try unsafe Argument.elements(run.values?.assumingMemoryBound(to: Int32.self), count, "ids.values")
        try body(.int32(ids))
    case EMBSTORE_ID_INT64:
        let ids = try unsafe Argument.elements(run.values?.assumingMemoryBound(to: Int64.self), count, "ids.values")
        try body(.int64(ids))
    case EMBSTORE_ID_UINT64:
        let ids = try unsafe Argument.elements(run.values?.assumingMemoryBound(to: UInt64.self), count, "ids.values")
        try body(.uint64(ids))
    case EMBSTORE_ID_BYTE_STRINGS: try unsafe body(.byteStrings(byteStrings(run, count)))
    case EMBSTORE_ID_C_STRINGS: try unsafe withCStrings(run, count, body)
    default:
        throw unsafe .bad("ids.type", run.type, expected: "EMBSTORE_ID_INT32 to EMBSTORE_ID_C_STRINGS")
    }
}

@_lifetime(immortal)
private func byteStrings(_ run: embstore_ids, _ count: Int) throws(CallError) -> ByteStrings {
    guard let start = unsafe run.offsets else { throw .null("ids.offsets") }
    let offsets = try unsafe Argument.elements(start, count + 1, "ids.offsets")
    for i in 0..<count where offsets[i] > offsets[i + 1] {
        throw CallError(
            EMBSTORE_BAD_OFFSETS, "ids.offsets: \(offsets[i + 1]) follows \(offsets[i]), expected no less",
            position: i + 1)
    }
    guard let end = Int(exactly: offsets[count]) else {
        throw CallError(EMBSTORE_BAD_OFFSETS, "ids.offsets end at \(offsets[count])", position: count)
    }
    let bytes = try unsafe Argument.elements(run.values?.assumingMemoryBound(to: UInt8.self), end, "ids.values")
    let strings = unsafe ByteStrings(bytes.bytes, offsets: offsets)
    return unsafe _overrideLifetime(strings, copying: ())
}

/// C's own strings, copied one after the other.
@inline(never)
private func withCStrings(
    _ run: embstore_ids, _ count: Int, _ body: (IDs) throws(CallError) -> Void
) throws(CallError) {
    let values = unsafe run.values?.assumingMemoryBound(to: UnsafePointer<UInt8>?.self)
    guard let values = unsafe values else {
        guard count == 0 else { throw .null("ids.values") }
        let none: [String] = []
        return try body(.strings(none.span))
    }
    var (bytes, offsets): ([UInt8], [UInt64]) = ([], [0])
    offsets.reserveCapacity(count + 1)
    for i in 0..<count {
        guard var next = unsafe values[i] else {
            throw CallError(EMBSTORE_NULL_ARGUMENT, "ids.values[\(i)] is NULL", position: i)
        }
        while unsafe next.pointee != 0 {
            unsafe bytes.append(next.pointee)
            unsafe next += 1
        }
        offsets.append(UInt64(bytes.count))
    }
    try unsafe body(.byteStrings(ByteStrings(bytes.span.bytes, offsets: offsets.span)))
}

/// A caller's bags as lookups take them.
@inline(__always)
@_lifetime(immortal)
func bagLayout(_ bags: UnsafePointer<embstore_bags>?) throws(CallError) -> BagLayout {
    guard let bags = unsafe bags?.pointee else { throw .null("bags") }
    let count = try unsafe Argument.count(bags.count, "bags.count")
    switch unsafe Int(bags.type) {
    case EMBSTORE_OFFSETS_INT32:
        return try unsafe .offsets32(
            Argument.elements(bags.values?.assumingMemoryBound(to: Int32.self), count, "bags.values"))
    case EMBSTORE_OFFSETS_INT64:
        return try unsafe .offsets64(
            Argument.elements(bags.values?.assumingMemoryBound(to: Int64.self), count, "bags.values"))
    case EMBSTORE_LENGTHS_INT32:
        return try unsafe .lengths32(
            Argument.elements(bags.values?.assumingMemoryBound(to: Int32.self), count, "bags.values"))
    case EMBSTORE_LENGTHS_INT64:
        return try unsafe .lengths64(
            Argument.elements(bags.values?.assumingMemoryBound(to: Int64.self), count, "bags.values"))
    default:
        throw unsafe .bad("bags.type", bags.type, expected: "EMBSTORE_OFFSETS_INT32 to EMBSTORE_LENGTHS_INT64")
    }
}

/// A caller's weights: one per id, or none.
@inline(__always)
@_lifetime(immortal)
func weightSpan(_ weights: UnsafePointer<Float>?, _ count: Int) -> Span<Float>? {
    guard let weights = unsafe weights else { return nil }
    let span = unsafe Span(_unsafeStart: weights, count: count)
    return unsafe _overrideLifetime(span, copying: ())
}
