// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CEmbStore
internal import EmbCInterface
internal import EmbStore

@c @implementation
public func embstore_gather(
    _ table: OpaquePointer?, _ ids: UnsafePointer<embstore_ids>?, _ out: UnsafeMutableRawPointer?, _ out_count: Int64,
    _ options: UnsafePointer<embstore_lookup_options>?
) -> embstore_status {
    status { () throws(CallError) in
        let table = try unsafe Handle.object(table, TableHandle.self, "table").table
        let options = try unsafe lookupOptions(options)
        let (dims, missing) = (dims(options.dims), try missing(options.missing))
        let count = try Argument.count(out_count, "out_count")
        try unsafe withIDs(ids) { (ids) throws(CallError) in
            switch Int(options.output) {
            case EMBSTORE_F32:
                var rows = try unsafe Argument.room(out?.assumingMemoryBound(to: Float.self), count, "out")
                try looking { () throws(LookupError) in try table.gather(ids, into: &rows, dims: dims, missing: missing)
                }
            case EMBSTORE_F16:
                var rows = try unsafe Argument.room(out?.assumingMemoryBound(to: Float16.self), count, "out")
                try looking { () throws(LookupError) in try table.gather(ids, into: &rows, dims: dims, missing: missing)
                }
            case EMBSTORE_BF16:
                var rows = try unsafe Argument.room(out?.assumingMemoryBound(to: BFloat16.self), count, "out")
                try looking { () throws(LookupError) in try table.gather(ids, into: &rows, dims: dims, missing: missing)
                }
            default: throw badOutput(options.output)
            }
        }
    }
}

@c @implementation
public func embstore_pool(
    _ table: OpaquePointer?, _ ids: UnsafePointer<embstore_ids>?, _ bags: UnsafePointer<embstore_bags>?,
    _ weights: UnsafePointer<Float>?, _ mode: Int32, _ out: UnsafeMutableRawPointer?, _ out_count: Int64,
    _ options: UnsafePointer<embstore_lookup_options>?
) -> embstore_status {
    status { () throws(CallError) in
        let table = try unsafe Handle.object(table, TableHandle.self, "table").table
        let options = try unsafe lookupOptions(options)
        let (dims, missing) = (dims(options.dims), try missing(options.missing))
        let mode = try EmbStoreC.mode(mode)
        let count = try Argument.count(out_count, "out_count")
        let bags = try unsafe bagLayout(bags)
        try unsafe withIDs(ids) { (ids) throws(CallError) in
            let weights = unsafe weightSpan(weights, ids.count)
            switch Int(options.output) {
            case EMBSTORE_F32:
                var rows = try unsafe Argument.room(out?.assumingMemoryBound(to: Float.self), count, "out")
                try looking { () throws(LookupError) in
                    try table.pool(ids, bags, weights: weights, mode, into: &rows, dims: dims, missing: missing)
                }
            case EMBSTORE_F16:
                var rows = try unsafe Argument.room(out?.assumingMemoryBound(to: Float16.self), count, "out")
                try looking { () throws(LookupError) in
                    try table.pool(ids, bags, weights: weights, mode, into: &rows, dims: dims, missing: missing)
                }
            case EMBSTORE_BF16:
                var rows = try unsafe Argument.room(out?.assumingMemoryBound(to: BFloat16.self), count, "out")
                try looking { () throws(LookupError) in
                    try table.pool(ids, bags, weights: weights, mode, into: &rows, dims: dims, missing: missing)
                }
            default: throw badOutput(options.output)
            }
        }
    }
}

@c @implementation
public func embstore_prefetch(
    _ table: OpaquePointer?, _ ids: UnsafePointer<embstore_ids>?, _ bytes: UnsafeMutablePointer<UInt64>?
) -> embstore_status {
    status { () throws(CallError) in
        let table = try unsafe Handle.object(table, TableHandle.self, "table").table
        try unsafe withIDs(ids) { (ids) throws(CallError) in
            let count = try looking { () throws(LookupError) in try table.prefetch(ids) }
            unsafe bytes?.pointee = UInt64(count)
        }
    }
}

@inline(__always)
private func lookupOptions(
    _ options: UnsafePointer<embstore_lookup_options>?
) throws(CallError) -> embstore_lookup_options {
    try unsafe SizedStruct.read(options, embstore_lookup_defaults(), first: 16, "options")
}

func badOutput(_ number: Int32) -> CallError {
    .bad("output", number, expected: "EMBSTORE_F32, EMBSTORE_F16 or EMBSTORE_BF16")
}
