// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CEmbStore
internal import EmbCInterface
internal import EmbStore

@c @implementation
public func embstore_score(
    _ table: OpaquePointer?, _ queries: UnsafePointer<Float>?, _ query_count: Int64,
    _ ids: UnsafePointer<embstore_ids>?, _ out: UnsafeMutablePointer<Float>?, _ out_count: Int64,
    _ options: UnsafePointer<embstore_search_options>?
) -> embstore_status {
    status { () throws(CallError) in
        let table = try unsafe Handle.object(table, TableHandle.self, "table").table
        let options = try unsafe searchOptions(options)
        let (metric, missing) = unsafe (try metric(options.metric), try missing(options.missing))
        let queries = try unsafe querySpan(queries, query_count, of: table)
        var scores = try unsafe Argument.room(out, try Argument.count(out_count, "out_count"), "out")
        try unsafe withIDs(ids) { (ids) throws(CallError) in
            try looking { () throws(LookupError) in
                try table.score(queries, ids, metric: metric, into: &scores, missing: missing)
            }
        }
    }
}

@c @implementation
public func embstore_nearest(
    _ table: OpaquePointer?, _ queries: UnsafePointer<Float>?, _ query_count: Int64, _ k: Int64,
    _ rows: UnsafeMutablePointer<UInt32>?, _ scores: UnsafeMutablePointer<Float>?,
    _ options: UnsafePointer<embstore_search_options>?
) -> embstore_status {
    status { () throws(CallError) in
        let table = try unsafe Handle.object(table, TableHandle.self, "table").table
        let options = try unsafe searchOptions(options)
        let (metric, threads) = unsafe (try metric(options.metric), try threads(options.threads))
        let queries = try unsafe querySpan(queries, query_count, of: table)
        let (found, overflow) = try Argument.count(k, "k").multipliedReportingOverflow(by: queries.count / table.dim)
        guard !overflow else { throw .bad("k", k, expected: "fewer") }
        var rows = try unsafe Argument.room(rows, found, "rows")
        var scores = try unsafe Argument.room(scores, found, "scores")
        guard let second = unsafe Handle.object(options.rerank_by, TableHandle.self)?.table else {
            return try looking { () throws(LookupError) in
                try table.nearest(
                    queries, k: Int(k), metric: metric, threads: threads, rows: &rows, scores: &scores)
            }
        }
        var neighbors: [[Neighbor]] = []
        let among = unsafe try Argument.count(options.rerank_among, "rerank_among")
        let copy = queries.indices.map { queries[$0] }
        try looking { () throws(LookupError) in
            neighbors = try table.nearest(
                copy, k: Int(k), metric: metric, threads: threads, rerankedBy: second, among: among)
        }
        for (q, found) in neighbors.enumerated() {
            for i in 0..<Int(k) {
                let place = q * Int(k) + i
                rows[place] = i < found.count ? found[i].row : EmbeddingTable.noRow
                scores[place] = i < found.count ? found[i].score : metric.prefersSmall ? .infinity : -.infinity
            }
        }
    }
}

@c @implementation
public func embstore_ids_of_rows(
    _ table: OpaquePointer?, _ rows: UnsafePointer<UInt32>?, _ count: Int64, _ ids: UnsafeMutablePointer<UInt64>?
) -> embstore_status {
    status { () throws(CallError) in
        let table = try unsafe Handle.object(table, TableHandle.self, "table").table
        var out = try unsafe Argument.room(ids, try Argument.count(count, "count"), "ids")
        guard case .integers(let found) = try unsafe idList(table, rows, count) else {
            throw CallError(EMBSTORE_WRONG_ID_KIND, "the ids of table \"\(table.name)\" are strings")
        }
        for i in found.indices { out[i] = found[i] }
    }
}

@c @implementation
public func embstore_strings_of_rows(
    _ table: OpaquePointer?, _ rows: UnsafePointer<UInt32>?, _ count: Int64, _ bytes: UnsafeMutablePointer<CChar>?,
    _ capacity: Int64, _ offsets: UnsafeMutablePointer<UInt64>?
) -> embstore_status {
    status { () throws(CallError) in
        let table = try unsafe Handle.object(table, TableHandle.self, "table").table
        var ends = try unsafe Argument.room(offsets, try Argument.count(count, "count") + 1, "offsets")
        var text = try unsafe Argument.room(bytes, try Argument.count(capacity, "capacity"), "bytes")
        guard case .strings(let found, let places) = try unsafe idList(table, rows, count) else {
            throw CallError(EMBSTORE_WRONG_ID_KIND, "the ids of table \"\(table.name)\" are integers")
        }
        for i in places.indices { ends[i] = places[i] }
        guard found.count <= text.count else {
            throw CallError(EMBSTORE_TOO_SMALL, "capacity is \(capacity), expected at least \(found.count)")
        }
        for i in found.indices { text[i] = CChar(bitPattern: found[i]) }
    }
}

/// The ids of a caller's rows, all of which the table has.
private func idList(
    _ table: EmbeddingTable, _ rows: UnsafePointer<UInt32>?, _ count: Int64
) throws(CallError) -> IDList {
    let rows = try unsafe Argument.elements(rows, try Argument.count(count, "count"), "rows")
    guard table.isSearchable else { throw CallError(.notSearchable(table: table.name)) }
    let list = rows.indices.map { rows[$0] }
    if let place = list.firstIndex(where: { UInt64($0) >= table.idCount }) {
        throw CallError(
            EMBSTORE_BAD_ARGUMENT, "rows[\(place)] is \(list[place]), expected below \(table.idCount)", position: place)
    }
    do throws(LookupError) { return try table.ids(ofRows: list) } catch { throw CallError(error) }
}

@inline(__always)
private func searchOptions(
    _ options: UnsafePointer<embstore_search_options>?
) throws(CallError) -> embstore_search_options {
    try unsafe SizedStruct.read(
        options, embstore_search_defaults(Int32(EMBSTORE_DOT)), first: 32, "options")
}

@_lifetime(immortal)
private func querySpan(
    _ queries: UnsafePointer<Float>?, _ count: Int64, of table: EmbeddingTable
) throws(CallError) -> Span<Float> {
    let (numbers, overflow) = try Argument.count(count, "query_count").multipliedReportingOverflow(by: table.dim)
    guard !overflow else { throw .bad("query_count", count, expected: "fewer") }
    return try unsafe Argument.elements(queries, numbers, "queries")
}
