import EmbIO
import EmbStore

/// Lookups in turns with other programs: a line on standard input, an answer on standard output (Benchmarks/harness/servers.py).
///
///     open KEY FILE TABLE RESIDENCY             "DIM ROWS"
///     batch KEY FILE RESIDENCY                  all tables of the file as the features of one call
///     drop KEY
///     time KEY OP BATCHES BAG THREADS IDS OUT   nanoseconds of each batch but the first, which warms up; OP: gather, pool, mean
///     features KEY OP BATCHES BAG IDS OUT       the same of a batch; OP: once, or each for a call per table
///     cold FILE TABLE HOW IDS OUT               "NANOSECONDS BYTES-READ RESIDENT-BEFORE RESIDENT-AFTER"; HOW: faults, prefetch,
///                                               bounded, which reads past the page cache
///     stages                                    names of the registry
///
/// IDS is a file of BATCHES x n Int32. Outputs of all batches go to OUT, unless it is "-".
struct LookupServer {
    private var tables: [String: EmbeddingTable] = [:]
    private var batches: [String: FeatureBatch] = [:]

    static func run() {
        var server = LookupServer()
        while let line = readLine() {
            do {
                print(try server.answer(line.split(separator: " ").map(String.init)))
            } catch {
                print("error \(error)".split(separator: "\n").joined(separator: " "))
            }
            flush()
        }
    }

    private mutating func answer(_ words: [String]) throws -> String {
        switch (words.first, words.count) {
        case ("open", 5):
            let table = try Store(path: words[2], residency: try residency(words[4])).table(words[3])
            tables[words[1]] = table
            return "\(table.dim) \(table.rowCount)"
        case ("batch", 4):
            let store = try Store(path: words[2], residency: try residency(words[3]))
            batches[words[1]] = FeatureBatch(store.tables.map { .init($0) })
            return "\(store.tables.count)"
        case ("drop", 2):
            tables[words[1]] = nil
            batches[words[1]] = nil
            return "ok"
        case ("time", 8): return try time(words)
        case ("features", 7): return try timeFeatures(words)
        case ("cold", 6): return try timeCold(words)
        case ("stages", 1): return Registry.builtin.names.joined(separator: " ")
        default: throw Refused("what?")
        }
    }

    private func residency(_ word: String) throws -> Residency {
        guard let residency = Residency(rawValue: word) else { throw Refused("no such residency") }
        return residency
    }
}

// MARK: - One table

extension LookupServer {
    private func time(_ words: [String]) throws -> String {
        guard let table = tables[words[1]] else { throw Refused("no such table") }
        let (op, out) = (words[2], words[7])
        let (batches, bag, threads) = (try number(words[3]), try number(words[4]), try number(words[5]))
        let ids = try Numbers<Int32>(contentsOf: words[6])
        let each = ids.count / batches / bag * bag
        let rows = op == "gather" ? each : each / bag
        let output = Numbers<Float>(count: rows * table.dim)
        let kept = Numbers<Float>(count: out == "-" ? 0 : batches * output.count)
        let offsets = Numbers<Int32>(count: each / bag + 1)
        for bag_ in 0..<offsets.count { offsets[bag_] = Int32(bag_ * bag) }
        var times: [Double] = []
        for batch in 0..<batches {
            let slice = Slice(
                table: table, op: op, bag: bag, ids: ids[batch * (ids.count / batches), each], offsets: offsets,
                output: output)
            times.append(try nanoseconds { try slice.run(threads: threads) })
            if out != "-" { kept.copy(output, at: batch * output.count) }
        }
        try kept.write(to: out)
        return times.dropFirst().map { "\(Int($0))" }.joined(separator: " ")
    }

    /// A batch, which threads divide by bags, or by ids.
    private struct Slice: @unchecked Sendable {
        let table: EmbeddingTable
        let op: String
        let bag: Int
        let ids: Numbers<Int32>
        let offsets: Numbers<Int32>
        let output: Numbers<Float>

        func run(threads: Int) throws {
            guard threads > 1 else { return try part(0, 1) }
            Threads.run(threads) { thread in
                do { try part(thread, threads) } catch { fatalError("\(error)") }
            }
        }

        private func part(_ number: Int, _ parts: Int) throws {
            let bags = ids.count / bag
            let (first, end) = (bags * number / parts, bags * (number + 1) / parts)
            let own = ids[first * bag, (end - first) * bag]
            let width = output.count / bags
            var out = output[first * width, (end - first) * width].mutableSpan
            switch op {
            case "gather": try table.gather(.int32(own.span), into: &out)
            case "pool", "mean":
                let layout = BagLayout.offsets32(offsets[0, end - first + 1].span)
                try table.pool(.int32(own.span), layout, op == "mean" ? .mean : .sum, into: &out)
            default: throw Refused("no such operation")
            }
        }
    }
}

// MARK: - Many tables

extension LookupServer {
    private func timeFeatures(_ words: [String]) throws -> String {
        guard let batch = batches[words[1]] else { throw Refused("no such batch") }
        let (count, bag) = (try number(words[3]), try number(words[4]))
        let ids = try Numbers<Int32>(contentsOf: words[5])
        let samples = ids.count / count / bag / batch.features.count
        let each = samples * bag * batch.features.count
        let out = Numbers<Float>(count: samples * batch.dim)
        let kept = Numbers<Float>(count: words[6] == "-" ? 0 : count * out.count)
        let offsets = Numbers<Int32>(count: samples * batch.features.count + 1)
        for bag_ in 0..<offsets.count { offsets[bag_] = Int32(bag_ * bag) }
        var times: [Double] = []
        for number in 0..<count {
            let own = ids[number * (ids.count / count), each]
            times.append(
                try nanoseconds {
                    switch words[2] {
                    case "once":
                        var span = out.mutableSpan
                        try batch.pool(.int32(own.span), .offsets32(offsets.span), samples: samples, into: &span)
                    case "each": try callEach(batch, own, offsets, samples, bag, into: out)
                    default: throw Refused("no such operation")
                    }
                })
            if words[6] != "-" { kept.copy(out, at: number * out.count) }
        }
        try kept.write(to: words[6])
        return times.dropFirst().map { "\(Int($0))" }.joined(separator: " ")
    }

    /// A call per table, whose rows stand together.
    private func callEach(
        _ batch: FeatureBatch, _ ids: Numbers<Int32>, _ offsets: Numbers<Int32>, _ samples: Int, _ bag: Int,
        into out: Numbers<Float>
    ) throws {
        var place = 0
        for (number, feature) in batch.features.enumerated() {
            let own = ids[number * samples * bag, samples * bag]
            var rows = out[place, samples * feature.dims].mutableSpan
            let layout = BagLayout.offsets32(offsets[0, samples + 1].span)
            try feature.table.pool(.int32(own.span), layout, feature.mode, into: &rows)
            place += samples * feature.dims
        }
    }
}

// MARK: - A file that is not in memory

extension LookupServer {
    /// Gathers from a file that the caller has driven out of memory and that nobody else holds.
    private func timeCold(_ words: [String]) throws -> String {
        let store = try Store(path: words[1], residency: words[3] == "bounded" ? .bounded : .mapped)
        let table = try store.table(words[2])
        let ids = try Numbers<Int32>(contentsOf: words[4])
        let output = Numbers<Float>(count: ids.count * table.dim)
        let (residentBefore, readBefore) = (try store.residentBytes(), bytesReadFromDisk())
        let time = try nanoseconds {
            if words[3] == "prefetch" { try table.prefetch(.int32(ids.span)) }
            var span = output.mutableSpan
            try table.gather(.int32(ids.span), into: &span)
        }
        let (residentAfter, readAfter) = (try store.residentBytes(), bytesReadFromDisk())
        try output.write(to: words[5])
        return "\(Int(time)) \(readAfter - readBefore) \(residentBefore) \(residentAfter)"
    }
}

private func number(_ word: String) throws -> Int {
    guard let number = Int(word), number > 0 else { throw Refused("not a number above 0: \(word)") }
    return number
}
