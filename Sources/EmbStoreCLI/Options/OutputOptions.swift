import ArgumentParser
import EmbIO
import EmbStore

/// How a verb tells what it did: the same letters everywhere.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON on standard output, and errors as JSON on standard error.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print nothing but data and errors.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Say on standard error what is read and how.")
    var verbose = false

    /// Prints a remark, unless told to be quiet.
    func note(_ line: String) {
        if !quiet { Terminal.note(line) }
    }

    /// Prints a remark that only --verbose asks for.
    func detail(_ line: @autoclosure () -> String) {
        if verbose { Terminal.note(line()) }
    }

    /// Opens a file, and says so.
    func open(_ path: String, residency: Residency = .mapped) throws -> Store {
        let start = ContinuousClock.now
        let store = try Store(path: path, residency: residency)
        let milliseconds = Units.fixed(1000 * Units.seconds(ContinuousClock.now - start), 2)
        detail("\(path): \(Units.bytes(UInt64(store.byteCount))), \(residency), opened in \(milliseconds) ms")
        return store
    }
}

/// Whether progress is shown.
struct ProgressOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Show progress; by default on a terminal, for work of over 2 s.")
    var progress: Bool?

    @Flag(help: "Show progress as JSON lines; also spelled --progress=json.")
    var progressJson = false

    func reporter(_ output: OutputOptions, unit: String = "rows") -> ProgressReporter {
        if progressJson { return ProgressReporter(.json, unit: unit) }
        let shows = progress ?? (Terminal.errorIsTTY && !output.quiet)
        return ProgressReporter(shows ? .line : .none, unit: unit)
    }
}
