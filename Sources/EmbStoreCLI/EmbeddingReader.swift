import ArgumentParser
import EmbCodecs
import EmbFormat
import EmbStore

/// What lookups round their numbers to.
enum OutputElement: String, ExpressibleByArgument, CaseIterable { case f32, f16, bf16 }

/// Looks a batch of ids up, in runs.
struct EmbeddingReader {
    private static let runIDs = 4096

    let table: EmbeddingTable
    let batch: IDBatch
    let dims: Int
    let element: OutputElement
    private let missing: MissingPolicy?

    init(_ table: EmbeddingTable, _ batch: IDBatch, dims: Int, missing: MissingPolicy?, element: OutputElement) {
        self.table = table
        self.batch = batch
        self.dims = dims
        self.missing = missing
        self.element = element
    }

    /// Shows the numbers of ids `range`, row after row.
    func forEachRun(_ body: ([Float], Range<Int>) throws -> Void) throws {
        for start in stride(from: 0, to: batch.count, by: Self.runIDs) {
            let range = start..<min(start + Self.runIDs, batch.count)
            let rows = try batch.withIDs { (ids) throws(LookupError) in try gather(ids.extracting(range)) }
            try body(rows, range)
        }
        if batch.count == 0 { try body([], 0..<0) }
    }

    private func gather(_ ids: IDs) throws(LookupError) -> [Float] {
        guard (1...table.dim).contains(dims) else { throw .badDims(table: table.name, found: dims, limit: table.dim) }
        switch element {
        case .f32: return try table.gather(ids, dims: dims, missing: missing)
        case .f16: return try gather(ids, Float16(0)).map { Float($0) }
        case .bf16: return try gather(ids, BFloat16(bitPattern: 0)).map(\.float)
        }
    }

    private func gather<Output: RoundedOutput>(_ ids: IDs, _ zero: Output) throws(LookupError) -> [Output] {
        var out = [Output](repeating: zero, count: ids.count * dims)
        var span = out.mutableSpan
        try table.gather(ids, into: &span, dims: dims, missing: missing)
        return out
    }

    /// All ids as one bag.
    func pool(_ mode: PoolMode, weights: [Float]?) throws(LookupError) -> [Float] {
        guard (1...table.dim).contains(dims) else { throw .badDims(table: table.name, found: dims, limit: table.dim) }
        switch element {
        case .f32: return try poolFloats(mode, weights)
        case .f16: return try pool(mode, weights, Float16(0)).map { Float($0) }
        case .bf16: return try pool(mode, weights, BFloat16(bitPattern: 0)).map(\.float)
        }
    }

    private func poolFloats(_ mode: PoolMode, _ weights: [Float]?) throws(LookupError) -> [Float] {
        var out = [Float](repeating: 0, count: dims)
        var span = out.mutableSpan
        let lengths = [Int64(batch.count)]
        try batch.withIDs { (ids) throws(LookupError) in
            try table.pool(
                ids, .lengths64(lengths.span), weights: weights?.span, mode, into: &span, dims: dims, missing: missing)
        }
        return out
    }

    private func pool<Output: RoundedOutput>(
        _ mode: PoolMode, _ weights: [Float]?, _ zero: Output
    ) throws(LookupError) -> [Output] {
        var out = [Output](repeating: zero, count: dims)
        var span = out.mutableSpan
        let lengths = [Int64(batch.count)]
        try batch.withIDs { (ids) throws(LookupError) in
            try table.pool(
                ids, .lengths64(lengths.span), weights: weights?.span, mode, into: &span, dims: dims, missing: missing)
        }
        return out
    }
}
