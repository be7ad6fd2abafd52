// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CEmbStore
internal import EmbCInterface
internal import EmbStore

@c @implementation
public func embstore_batch_open(
    _ features: UnsafePointer<embstore_batch_feature>?, _ count: Int64, _ batch: UnsafeMutablePointer<OpaquePointer?>?
) -> embstore_status {
    unsafe batch?.pointee = nil
    return status { () throws(CallError) in
        guard let batch = unsafe batch else { throw .null("batch") }
        guard let features = unsafe features else { throw .null("features") }
        guard count >= 1 else { throw .bad("count", count, expected: "1 or more") }
        let size = unsafe Int(features.pointee.struct_size)
        var list: [FeatureBatch.Feature] = []
        for number in 0..<Int(count) {
            let place = unsafe UnsafeRawPointer(features) + number * size
            let feature = unsafe place.assumingMemoryBound(to: embstore_batch_feature.self)
            guard unsafe Int(feature.pointee.struct_size) == size else {
                throw unsafe CallError(
                    EMBSTORE_BAD_STRUCT,
                    "features[\(number)].struct_size is \(feature.pointee.struct_size), expected \(size)",
                    position: number)
            }
            list.append(try unsafe EmbStoreC.feature(feature, number))
        }
        unsafe batch.pointee = Handle.made(BatchHandle(FeatureBatch(list)))
    }
}

private func feature(
    _ given: UnsafePointer<embstore_batch_feature>, _ number: Int
) throws(CallError) -> FeatureBatch.Feature {
    do throws(CallError) {
        let feature = try unsafe SizedStruct.read(given, embstore_batch_feature(), first: 24, "features")
        let table = try unsafe Handle.object(feature.table, TableHandle.self, "features.table").table
        let dims = unsafe dims(feature.dims) ?? table.dim
        guard (1...table.dim).contains(dims) else {
            throw CallError(.badDims(table: table.name, found: dims, limit: table.dim))
        }
        let (mode, missing) = unsafe (try mode(feature.mode), try missing(feature.missing))
        return FeatureBatch.Feature(table, mode, dims: dims, missing: missing)
    } catch {
        throw CallError(Int(error.status), "\(error.message), of feature \(number)", position: number)
    }
}

@c @implementation
public func embstore_batch_retain(_ batch: OpaquePointer?) -> OpaquePointer? { unsafe Handle.retain(batch) }

@c @implementation
public func embstore_batch_close(_ batch: OpaquePointer?) { unsafe Handle.release(batch) }

@c @implementation
public func embstore_batch_feature_count(_ batch: OpaquePointer?) -> Int64 {
    unsafe Int64(Handle.object(batch, BatchHandle.self)?.batch.features.count ?? 0)
}

@c @implementation
public func embstore_batch_dim(_ batch: OpaquePointer?) -> Int64 {
    unsafe Int64(Handle.object(batch, BatchHandle.self)?.batch.dim ?? 0)
}

@c @implementation
public func embstore_batch_gather(
    _ batch: OpaquePointer?, _ ids: UnsafePointer<embstore_ids>?, _ samples: Int64, _ out: UnsafeMutableRawPointer?,
    _ outCount: Int64, _ options: UnsafePointer<embstore_batch_options>?
) -> embstore_status {
    status { () throws(CallError) in
        let handle = try unsafe Handle.object(batch, BatchHandle.self, "batch")
        let options = try unsafe batchOptions(options)
        let batch = handle.batch(threads: try threads(options.threads))
        let (samples, count) = (try Argument.count(samples, "samples"), try Argument.count(outCount, "out_count"))
        try unsafe withIDs(ids) { (ids) throws(CallError) in
            switch Int(options.output) {
            case EMBSTORE_F32:
                var rows = try unsafe Argument.room(out?.assumingMemoryBound(to: Float.self), count, "out")
                try looking { () throws(LookupError) in try batch.gather(ids, samples: samples, into: &rows) }
            case EMBSTORE_F16:
                var rows = try unsafe Argument.room(out?.assumingMemoryBound(to: Float16.self), count, "out")
                try looking { () throws(LookupError) in try batch.gather(ids, samples: samples, into: &rows) }
            case EMBSTORE_BF16:
                var rows = try unsafe Argument.room(out?.assumingMemoryBound(to: BFloat16.self), count, "out")
                try looking { () throws(LookupError) in try batch.gather(ids, samples: samples, into: &rows) }
            default: throw badOutput(options.output)
            }
        }
    }
}

@c @implementation
public func embstore_batch_pool(
    _ batch: OpaquePointer?, _ ids: UnsafePointer<embstore_ids>?, _ bags: UnsafePointer<embstore_bags>?,
    _ weights: UnsafePointer<Float>?, _ samples: Int64, _ out: UnsafeMutableRawPointer?, _ outCount: Int64,
    _ options: UnsafePointer<embstore_batch_options>?
) -> embstore_status {
    status { () throws(CallError) in
        let handle = try unsafe Handle.object(batch, BatchHandle.self, "batch")
        let options = try unsafe batchOptions(options)
        let batch = handle.batch(threads: try threads(options.threads))
        let (samples, count) = (try Argument.count(samples, "samples"), try Argument.count(outCount, "out_count"))
        let bags = try unsafe bagLayout(bags)
        try unsafe withIDs(ids) { (ids) throws(CallError) in
            let weights = unsafe weightSpan(weights, ids.count)
            switch Int(options.output) {
            case EMBSTORE_F32:
                var rows = try unsafe Argument.room(out?.assumingMemoryBound(to: Float.self), count, "out")
                try looking { () throws(LookupError) in
                    try batch.pool(ids, bags, weights: weights, samples: samples, into: &rows)
                }
            case EMBSTORE_F16:
                var rows = try unsafe Argument.room(out?.assumingMemoryBound(to: Float16.self), count, "out")
                try looking { () throws(LookupError) in
                    try batch.pool(ids, bags, weights: weights, samples: samples, into: &rows)
                }
            case EMBSTORE_BF16:
                var rows = try unsafe Argument.room(out?.assumingMemoryBound(to: BFloat16.self), count, "out")
                try looking { () throws(LookupError) in
                    try batch.pool(ids, bags, weights: weights, samples: samples, into: &rows)
                }
            default: throw badOutput(options.output)
            }
        }
    }
}

@c @implementation
public func embstore_batch_prefetch(
    _ batch: OpaquePointer?, _ ids: UnsafePointer<embstore_ids>?, _ bags: UnsafePointer<embstore_bags>?,
    _ samples: Int64, _ bytes: UnsafeMutablePointer<UInt64>?
) -> embstore_status {
    status { () throws(CallError) in
        let batch = try unsafe Handle.object(batch, BatchHandle.self, "batch").batch
        let samples = try Argument.count(samples, "samples")
        try unsafe withIDs(ids) { (ids) throws(CallError) in
            let count: Int
            if unsafe bags == nil {
                count = try looking { () throws(LookupError) in try batch.prefetch(ids, samples: samples) }
            } else {
                let bags = try unsafe bagLayout(bags)
                count = try looking { () throws(LookupError) in try batch.prefetch(ids, bags, samples: samples) }
            }
            unsafe bytes?.pointee = UInt64(count)
        }
    }
}

@inline(__always)
private func batchOptions(
    _ options: UnsafePointer<embstore_batch_options>?
) throws(CallError) -> embstore_batch_options {
    try unsafe SizedStruct.read(options, embstore_batch_defaults(), first: 8, "options")
}
