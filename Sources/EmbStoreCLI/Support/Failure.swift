/// How the process ends, after sysexits.h.
enum ExitStatus: Int32 {
    case other = 1
    case usage = 64
    /// A corrupt file, a failed verification, or bad input data.
    case badData = 65
    case noInput = 66
    /// Something that this build does not have.
    case notBuiltIn = 69
    case cannotCreate = 73
    case inputOutput = 74
}

/// What a verb fails with: one line for people, a token for scripts, a status for shells.
struct Failure: Error {
    let status: ExitStatus
    /// A stable token, such as `SEGMENT_CHECKSUM`.
    let code: String
    let message: String

    init(_ status: ExitStatus, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    static func usage(_ message: String) -> Failure { Failure(.usage, "USAGE", message) }
}
