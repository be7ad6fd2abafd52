import EmbIO
import Foundation
import Synchronization

/// Standard output and standard error.
enum Terminal {
    /// Standard output, buffered.
    static let output = OutputBuffer()
    static let outputIsTTY = isatty(STDOUT_FILENO) == 1
    static let errorIsTTY = isatty(STDERR_FILENO) == 1

    /// Whether text may be coloured or bold (no-color.org).
    static let isColourful: Bool = outputIsTTY && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty

    static func bold(_ text: String) -> String { isColourful ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

    /// Writes a line to standard error. Nothing can be done if that fails.
    static func note(_ line: String) { write("embstore: \(line.harmless)\n") }

    static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

    /// The line that a failing process ends with.
    static func report(_ failure: Failure, asJSON: Bool) {
        guard asJSON else { return note(failure.message) }
        struct Body: Encodable {
            let code: String
            let message: String
        }
        let line = try? JSON.line(["error": Body(code: failure.code, message: failure.message)])
        write((line ?? failure.message) + "\n")
    }
}

/// Standard output in pieces of 64 KiB.
final class OutputBuffer: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// A line for people, who may read it now or in a file later: what names may hold cannot drive their terminal.
    func line(_ text: String = "") throws { try write(text.harmless + "\n") }

    /// A line for programs, to the byte what it stands for, but on a terminal.
    func data(_ text: String) throws { try write((Terminal.outputIsTTY ? text.harmless : text) + "\n") }

    func write(_ more: [UInt8]) throws {
        let isFull = bytes.withLock { bytes in
            bytes += more
            return bytes.count >= 64 << 10
        }
        if isFull { try flush() }
    }

    func flush() throws {
        let bytes = self.bytes.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
        guard !bytes.isEmpty else { return }
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(bytes))
        } catch {
            if errno == EPIPE { Signals.end(by: SIGPIPE) }  // the reader has seen enough
            throw Failure(.inputOutput, "IO", "cannot write standard output")
        }
    }
}
