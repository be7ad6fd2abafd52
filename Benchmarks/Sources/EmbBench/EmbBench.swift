import EmbStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What only a program that links the library can time. `Benchmarks/run` calls it and quotes ratios.
///
///     EmbBench open FILE...       nanoseconds to open each file, interleaved: median, quartiles
///     EmbBench lookup FILE        nanoseconds per row: gather and pool, uniform ids over all rows and over 4096
///     EmbBench lookups            lookups in turns with other programs, see LookupServer
///     EmbBench probes FILE ROWS   nanoseconds per call: 26 features of 2 probes beside plain gathers; writes FILE
///     EmbBench batch FILE MIB BAG SAMPLES THREADS  nanoseconds per row: 26 tables of MIB in one call beside a call for each
///     EmbBench serve              does and times what standard input says: `Serve`
@main struct EmbBench {
    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print("EmbBench: \(error)")
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        switch arguments.first {
        case "open" where arguments.count > 1: try timeOpening(Array(arguments.dropFirst()))
        case "lookup" where arguments.count == 2: try timeLookups(arguments[1])
        case "lookups" where arguments.count == 1: LookupServer.run()
        case "probes" where arguments.count == 3: try await Probes.time(arguments[1], rows: Int(arguments[2]) ?? 0)
        case "batch" where arguments.count == 6:
            let numbers = arguments.dropFirst(2).map { Int($0) ?? 1 }
            try await Batches.time(
                arguments[1], mebibytes: numbers[0], bag: numbers[1], samples: numbers[2], threads: numbers[3])
        case "serve" where arguments.count == 1: try await Serve.run()
        default:
            print(
                "usage: EmbBench open FILE... | lookup FILE | lookups | probes FILE ROWS"
                    + " | batch FILE MIB BAG SAMPLES THREADS | serve")
        }
    }

    private static func timeOpening(_ paths: [String]) throws {
        var times = [[Double]](repeating: [], count: paths.count)
        for _ in 0..<2001 {
            for (number, path) in paths.enumerated() {
                times[number].append(try nanoseconds { _ = try Store(path: path) })
            }
        }
        for (path, times) in zip(paths, times) { print("open \(path): \(Summary(times))") }
    }

    /// Bags of 20, as recommenders pool them; new ids every time; the answers are looked at.
    private static func timeLookups(_ path: String) throws {
        let table = try Store(path: path, residency: .populated).table("table")
        let bags = 2048
        let lengths = [Int32](repeating: 20, count: bags)
        var out = [Float](repeating: 0, count: bags * 20 * table.dim)
        var seed: UInt64 = 1
        for (name, rows) in [("all rows", table.rowCount), ("4096 rows", min(4096, table.rowCount))] {
            var gathers: [Double] = []
            var pools: [Double] = []
            for _ in 0..<101 {
                let ids = (0..<bags * 20).map { _ in Int64(splitmix64(&seed).multipliedFullWidth(by: rows).high) }
                var span = out.mutableSpan
                gathers.append(try nanoseconds { try table.gather(.int64(ids.span), into: &span) } / Double(ids.count))
                var pooled = span._mutatingExtracting(first: bags * table.dim)
                pools.append(
                    try nanoseconds { try table.pool(.int64(ids.span), .lengths32(lengths.span), .sum, into: &pooled) }
                        / Double(ids.count))
            }
            print("gather, \(name): \(Summary(gathers)) a row")
            print("pool, \(name): \(Summary(pools)) a row")
        }
        print("seen \(out.reduce(0, +))")
    }
}

func splitmix64(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
}

func nanoseconds(_ body: () throws -> Void) rethrows -> Double {
    let time = try ContinuousClock().measure(body).components
    return Double(time.seconds) * 1e9 + Double(time.attoseconds) * 1e-9
}

/// Median and quartiles, in nanoseconds.
struct Summary: CustomStringConvertible {
    private let sorted: [Double]

    init(_ times: [Double]) { sorted = times.sorted() }

    var description: String {
        let marks = [2, 1, 3].map { "\((sorted[sorted.count * $0 / 4] * 100).rounded() / 100)" }
        return "\(marks[0]) ns (\(marks[1]) to \(marks[2]))"
    }
}
