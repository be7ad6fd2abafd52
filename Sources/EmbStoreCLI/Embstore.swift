import ArgumentParser

/// The command line tool. Verbs have a file each; what goes wrong in any of them ends in `report`.
@main struct Embstore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embstore",
        abstract: "Pack embedding tables into one file, and read rows back out of it.",
        discussion: """
            embstore pack items.npy -o items.emb
            embstore inspect items.emb
            embstore lookup items.emb 17 4

            Data goes to standard output, everything else to standard error. With --json an error is one line of JSON on \
            standard error, {"error":{"code":"TOKEN","message":"..."}}, and standard output stays free of it. Control \
            characters in names are escaped in text; JSON, ids and keys are left as they are, but on a terminal.

            Exit status: 0 done; 1 another failure, such as an id without a row; 64 wrong usage; 65 a corrupt file, a \
            failed verification or bad input data; 66 no such input; 69 something that this build does not have; \
            73 the output cannot be created; 74 reading or writing failed; 130 and 143 interrupted.

            Environment: NO_COLOR turns colours off; EMBSTORE_KERNEL_LEVEL (scalar, avx2, avx512, neon) picks the \
            instruction set.
            """,
        version: Versions.text,
        subcommands: [Pack.self, Unpack.self, Inspect.self, Verify.self, LookUp.self, Nearest.self, AddFeature.self])

    static func main() {
        Signals.install()
        let arguments = normalized(Array(CommandLine.arguments.dropFirst()))
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            try Terminal.output.flush()
        } catch {
            report(error, arguments)
        }
    }

    /// `--progress=json` is a flag of its own to the parser, which knows no flag with an optional value.
    private static func normalized(_ arguments: [String]) -> [String] {
        let options = arguments.prefix { $0 != "--" }.map { $0 == "--progress=json" ? "--progress-json" : $0 }
        return options + arguments.dropFirst(options.count)
    }

    /// Ends the process: with one line on standard error, or with the help or version that was asked for.
    private static func report(_ error: any Error, _ arguments: [String]) -> Never {
        try? Terminal.output.flush()
        let status = exitCode(for: error)
        if status == .success { exit(withError: error) }
        var failure = Failure(error)
        if status == .validationFailure, !(error is Failure) {
            let verb = arguments.first { name in configuration.subcommands.contains { $0._commandName == name } }
            let help = ([configuration.commandName!] + [verb].compactMap { $0 }).joined(separator: " ")
            failure = Failure(.usage, "USAGE", message(for: error) + "; see \(help) --help")
        }
        Terminal.report(failure, asJSON: arguments.contains("--json"))
        exit(withError: ExitCode(failure.status.rawValue))
    }
}
