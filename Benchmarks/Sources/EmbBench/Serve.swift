import EmbStore
import EmbStorePack
import Foundation
import Synchronization

/// Does what lines of standard input say, one answer each, so that another program can time it in turns with a rival: what is
/// timed is the call alone, on one thread, in seconds of processor time. Arrays come and go through files, which are not timed.
///
///     open NAME FILE                      the table of a packed file
///     export NAME FILE                    the same codes as an index of faiss
///     ids FILE | queries FILE             int64 | float32: what the calls below take
///     gather NAME BATCH                   seconds for all ids, so many a call, always into the same memory
///     nearest NAME K METRIC               seconds
///     result FILE                         writes what the last call gave: float32, or row indices
///     pack FILE DIM TARGET EXPRESSION     float32 rows: seconds of fitting, of encoding, measuring and writing; NMSE
struct Serve {
    private var tables: [String: EmbeddingTable] = [:]
    private var ids: [Int64] = []
    private var queries: [Float] = []
    private var numbers: [Float] = []
    private var rows: [UInt32] = []
    private var gaveRows = false

    static func run() async throws {
        var serve = Serve()
        while let line = readLine() {
            print(try await serve.answer(line.split(separator: " ", maxSplits: 4).map(String.init)))
            fflush(nil)
        }
    }

    private mutating func answer(_ words: [String]) async throws -> String {
        switch (words.first, words.count) {
        case ("open", 3): tables[words[1]] = try Store(path: words[2], residency: .populated).table("table")
        case ("export", 3):
            var bytes = Data()
            try FaissExport(tables[words[1]]!, metric: .l2).write { piece in
                piece.withUnsafeBytes { bytes.append(contentsOf: $0) }
            }
            try bytes.write(to: URL(filePath: words[2]))
        case ("ids", 2): ids = try read(words[1])
        case ("queries", 2): queries = try read(words[1])
        case ("gather", 3): return "\(try gather(words[1], Int(words[2])!))"
        case ("nearest", 4):
            return "\(try nearest(words[1], Int(words[2])!, Metric(rawValue: words[3])!))"
        case ("result", 2):
            let data = gaveRows ? rows.withUnsafeBytes { Data($0) } : numbers.withUnsafeBytes { Data($0) }
            try data.write(to: URL(filePath: words[1]))
        case ("pack", 5): return try await pack(try read(words[1]), Int(words[2])!, words[3], words[4])
        default: throw Unknown(line: words)
        }
        return "done"
    }

    private struct Unknown: Error { let line: [String] }

    private func read<Number>(_ path: String) throws -> [Number] {
        let data = try Data(contentsOf: URL(filePath: path))
        let size = MemoryLayout<Number>.size
        return [Number](unsafeUninitializedCapacity: data.count / size) { buffer, count in
            count = data.copyBytes(to: buffer) / size
        }
    }

    private mutating func gather(_ name: String, _ batch: Int) throws -> Double {
        let (table, ids) = (tables[name]!, ids)
        var numbers = self.numbers
        self.numbers = []
        if numbers.count != batch * table.dim { numbers = [Float](repeating: 0, count: batch * table.dim) }
        var out = numbers.mutableSpan
        let seconds = try processorSeconds {
            for first in stride(from: 0, to: ids.count, by: batch) {
                try table.gather(.int64(ids.span.extracting(first..<first + batch)), into: &out)
            }
        }
        (self.numbers, gaveRows) = (numbers, false)
        return seconds
    }

    private mutating func nearest(_ name: String, _ k: Int, _ metric: Metric) throws -> Double {
        let (table, queries) = (tables[name]!, queries)
        var rows = [UInt32](repeating: 0, count: queries.count / table.dim * k)
        var scores = [Float](repeating: 0, count: rows.count)
        var found = rows.mutableSpan
        var numbers = scores.mutableSpan
        let seconds = try processorSeconds {
            try table.nearest(queries.span, k: k, metric: metric, threads: 1, rows: &found, scores: &numbers)
        }
        (self.rows, gaveRows) = (rows, true)
        return seconds
    }

    private func pack(_ values: [Float], _ dim: Int, _ target: String, _ expression: String) async throws -> String {
        let source = ArraySource(name: "table", values, dim: dim)
        let plan = TablePlan(name: "table", source: source, expression: expression)
        var packer = Packer()
        packer.replacing = true
        let begin = processorSeconds()
        let fitted = Mutex(begin)
        let reports = try await packer.pack([plan], to: target) { progress in
            if progress.part == .learning { fitted.withLock { $0 = processorSeconds() } }
        }.reports
        let (middle, end) = (fitted.withLock { $0 }, processorSeconds())
        return "\(middle - begin) \(end - middle) \(reports[0].quality?.nmse ?? .nan)"
    }
}

/// What all threads of this process have used.
private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

private func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
    let begin = processorSeconds()
    try body()
    return processorSeconds() - begin
}
