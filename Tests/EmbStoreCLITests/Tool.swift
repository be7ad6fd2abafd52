import EmbTestSupport
import Foundation
import Testing

/// The built `embstore`, run as users run it.
struct Tool {
    /// What a run came to.
    struct Outcome {
        let status: Int32
        let output: Data
        let errors: String

        var text: String { String(decoding: output, as: UTF8.self) }

        /// Standard output as a JSON object.
        func json() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: output) as? [String: Any])
        }

        /// The token of the error object on standard error.
        var code: String? {
            let line = errors.split(separator: "\n").last.map { Data($0.utf8) } ?? Data()
            let object = try? JSONSerialization.jsonObject(with: line) as? [String: [String: String]]
            return object?["error"]?["code"]
        }
    }

    /// The folder that the tool runs in.
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Built beside the test bundle.
    static let path: String = {
        let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: runner).deletingLastPathComponent().appending(path: "embstore").path
    }()

    @discardableResult
    func run(_ arguments: String..., input: String = "") throws -> Outcome {
        try start(Tool.path, arguments, input: input).finish()
    }

    /// Runs a line of the shell, in which `$tool` is the tool.
    func shell(_ line: String) throws -> Outcome {
        try start("/bin/sh", ["-c", "tool=\(Tool.path); \(line)"]).finish()
    }

    /// Starts the tool with SIGINT as it is in a terminal, whatever this process does about it.
    func start(interruptible arguments: String...) throws -> Running {
        try start("/usr/bin/env", ["--default-signal=INT,TERM", Tool.path] + arguments)
    }

    private func start(_ executable: String, _ arguments: [String], input: String = "") throws -> Running {
        let scratch = try TemporaryFolder()
        try scratch.write(Array(input.utf8), to: "in")
        try scratch.write([], to: "out")
        try scratch.write([], to: "err")
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder.path)
        process.standardInput = FileHandle(forReadingAtPath: scratch.path(of: "in"))
        process.standardOutput = FileHandle(forWritingAtPath: scratch.path(of: "out"))
        process.standardError = FileHandle(forWritingAtPath: scratch.path(of: "err"))
        try process.run()
        return Running(process: process, scratch: scratch)
    }

    struct Running {
        let process: Process
        let scratch: TemporaryFolder

        func finish() throws -> Outcome {
            process.waitUntilExit()
            return Outcome(
                status: process.terminationStatus, output: Data(try scratch.read("out")),
                errors: String(decoding: try scratch.read("err"), as: UTF8.self))
        }
    }
}

/// Fixtures that other programs made (Tests/Fixtures/sources).
enum Sources {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures/sources").standardizedFileURL.path

    private static let names = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []

    /// Files of one table, whose values are in `NAME.f32`.
    static let tables = names.filter { names.contains("\($0).f32") }

    /// Files of several tables, whose values are in `NAME.TABLE.f32`.
    static let collections: [String: [String]] = Dictionary(
        uniqueKeysWithValues: ["two.npz", "types.safetensors", "model.safetensors.index.json"].map { file in
            let parts = names.filter { $0.hasPrefix(file + ".") && $0.hasSuffix(".f32") }
            return (file, parts.map { String($0.dropFirst(file.count + 1).dropLast(4)) })
        })

    static func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// The values of a table, as bits.
    static func values(_ name: String) throws -> [Float] {
        floats(try Data(contentsOf: URL(filePath: path(name + ".f32"))))
    }

    static func floats(_ data: Data) -> [Float] {
        let bytes = [UInt8](data)
        return stride(from: 0, to: bytes.count, by: 4).map { place in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) })
        }
    }

    /// The elements of an .npy array, and the text of its header.
    static func array(_ bytes: [UInt8]) -> (header: String, values: [Float]) {
        let length = Int(bytes[8]) | Int(bytes[9]) << 8
        return (String(decoding: bytes[10..<10 + length], as: UTF8.self), floats(Data(bytes[(10 + length)...])))
    }

    /// An .npy array of `rows` x `dim` numbers.
    static func npy(rows: Int, dim: Int, _ value: (Int) -> Float) -> [UInt8] {
        var bytes = header(rows: rows, dim: dim)
        for i in 0..<rows * dim {
            let bits = value(i).bitPattern
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
            }
        }
        return bytes
    }

    static func header(rows: Int, dim: Int) -> [UInt8] {
        let fields = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(dim)), }"
        let padding = String(repeating: " ", count: 117 - fields.count) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array((fields + padding).utf8)
    }
}

/// Whether two runs of numbers are the same, NaN for NaN.
func same(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
}
