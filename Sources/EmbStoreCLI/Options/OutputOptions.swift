import ArgumentParser

/// How a verb tells what it did: the same letters everywhere.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON on standard output, and errors as JSON on standard error.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print nothing but data and errors.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Print more.")
    var verbose: Int

    /// Prints a remark, unless told to be quiet.
    func note(_ line: String) {
        if !quiet { Terminal.note(line) }
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
