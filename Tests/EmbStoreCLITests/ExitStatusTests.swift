import EmbTestSupport
import Foundation
import Testing

/// Each way to fail has its status and its token, and leaves nothing behind.
@Suite struct ExitStatusTests {
    /// A tool with a good file `a.emb` of table `a` beside its source.
    private func tool() throws -> Tool {
        let tool = try Tool()
        try tool.folder.write(Sources.npy(rows: 10, dim: 4) { Float($0) }, to: "a.npy")
        try tool.run("pack", "a.npy", "-o", "a.emb")
        return tool
    }

    private func expect(
        _ tool: Tool, _ arguments: [String], _ status: Int32, _ code: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = tool.folder.names
        let quoted = arguments.map { "'\($0)'" }.joined(separator: " ")
        let told = try tool.shell("exec $tool \(quoted) --json")
        #expect(told.status == status, "\(told.errors)", sourceLocation: sourceLocation)
        #expect(told.code == code, "\(told.errors)", sourceLocation: sourceLocation)
        #expect(told.errors.split(separator: "\n").count == 1, "\(told.errors)", sourceLocation: sourceLocation)
        #expect(tool.folder.names == before, sourceLocation: sourceLocation)
    }

    @Test func `wrong usage`() throws {
        let tool = try tool()
        try expect(tool, ["pack", "a.npy"], 64, "USAGE")
        try expect(tool, ["pack", "-", "-o", "b.emb"], 64, "USAGE")
        try expect(tool, ["pack", "a.npy", "-o", "b.emb", "--codec", "int9"], 64, "BAD_EXPRESSION")
        try expect(tool, ["pack", "a.npy", "-o", "b.emb", "--codec", "int8(sclae=f32)"], 64, "BAD_EXPRESSION")
        try expect(tool, ["pack", "a.npy", "-o", "b.emb", "--codec", "b=f16"], 64, "USAGE")
        try expect(tool, ["pack", "a.npy", "-o", "b.emb", "--non-finite", "keep"], 64, "USAGE")
        try expect(tool, ["pack", "a.npy", "-o", "b.emb", "--default-row", "10"], 64, "BAD_PLAN")
        try expect(
            tool, ["pack", "a.npy", "-o", "b.emb", "--codec", "hashed(rows=4294967294) | f32", "-q"], 64, "BAD_PLAN")
        try expect(tool, ["pack", "a.npy", "-o", "b.emb", "--missing", "default"], 64, "USAGE")
        try expect(tool, ["pack", "a.npy", "-o", "./a.npy", "-f"], 64, "USAGE")
        try expect(tool, ["pack", "a.npy", "-o", "b.emb", "--tensor", "x"], 64, "BAD_OPTION")
        try expect(tool, ["pack", "a.npy", "-o", "b.emb", "--tensor", "x", "--tensor", "a"], 64, "USAGE")
        try expect(tool, ["pack", "a.npy", "-o", "b.emb", "--feature", "f=nope"], 64, "USAGE")
        for vector in ["1,2,3,nan", "1,inf,3,4", "1,2,3,1e39"] {
            try expect(tool, ["nearest", "a.emb", "--vector", vector], 64, "USAGE")
        }
        try expect(tool, ["lookup", "a.emb", "1", "--table", "b"], 64, "NO_SUCH_TABLE")
        try expect(tool, ["lookup", "a.emb", "1", "--feature", "f"], 64, "NO_SUCH_FEATURE")
        try expect(tool, ["lookup", "a.emb", "one"], 64, "USAGE")
        try expect(tool, ["lookup", "a.emb", "1", "--dims", "5"], 64, "BAD_DIMS")
        try expect(tool, ["lookup", "a.emb", "1", "--missing", "default"], 64, "NO_DEFAULT_ROW")
        try expect(tool, ["unpack", "a.emb", "-o", "a.xyz"], 64, "USAGE")
        try expect(tool, ["inspect", "a.emb", "--row", "10"], 64, "USAGE")
        try expect(tool, ["pack", "a.npy", "-o", "b.emb", "--order", "frequency"], 64, "USAGE")
        try expect(tool, ["pack", "--import", "mde", "a.npy", "a.npy", "--ids", "3", "-o", "b.emb"], 64, "USAGE")
        try expect(tool, ["nonsense"], 64, "USAGE")
    }

    @Test func `bad input data`() throws {
        let tool = try tool()
        try tool.folder.write(Array(Sources.npy(rows: 10, dim: 4) { Float($0) }.dropLast(5)), to: "cut.npy")
        try tool.folder.write(Sources.npy(rows: 3, dim: 2) { $0 == 4 ? .nan : 1 }, to: "nan.npy")
        try tool.folder.write(Array("one 1 2\ntwo 3 4\none 5 6\n".utf8), to: "twice.txt")
        try tool.folder.write(Array("neither this nor that".utf8), to: "other.dat")
        try expect(tool, ["pack", "cut.npy", "-o", "b.emb"], 65, "TRUNCATED")
        try expect(tool, ["pack", "nan.npy", "-o", "b.emb"], 65, "NOT_FINITE")
        try expect(tool, ["pack", "twice.txt", "-o", "b.emb"], 65, "DUPLICATE_KEY")
        try expect(tool, ["pack", "other.dat", "-o", "b.emb"], 65, "UNKNOWN_FORMAT")
        try expect(tool, ["inspect", "other.dat"], 65, "NOT_EMBSTORE")
        try expect(tool, ["verify", "a.emb", "--against", "nan.npy"], 65, "WRONG_SHAPE")
    }

    @Test func `what options make of bad data`() throws {
        let tool = try tool()
        try tool.folder.write(Sources.npy(rows: 3, dim: 2) { $0 == 4 ? .nan : 1 }, to: "nan.npy")
        try tool.folder.write(Array("one 1 2\ntwo 3 4\none 5 6\n".utf8), to: "twice.txt")
        #expect(try tool.run("pack", "nan.npy", "-o", "clamped.emb", "--non-finite", "clamp").status == 0)
        #expect(try tool.run("verify", "clamped.emb", "--against", "nan.npy").status == 0)
        #expect(try tool.run("pack", "nan.npy", "-o", "kept.emb", "--codec", "f32").status == 0)
        #expect(try tool.run("verify", "kept.emb", "--against", "nan.npy").status == 0)
        for (policy, row) in [("first", "one 1.0 2.0\n"), ("last", "one 5.0 6.0\n")] {
            try tool.run("pack", "twice.txt", "-o", "t.emb", "-f", "--on-duplicate", policy, "--codec", "f32")
            #expect(try tool.run("lookup", "t.emb", "one").text == row)
            #expect(try tool.run("verify", "t.emb", "--against", "twice.txt", "--on-duplicate", policy).status == 0)
        }
    }

    @Test func `a file that is not what was packed`() throws {
        let tool = try tool()
        try tool.folder.write(Sources.npy(rows: 10, dim: 4) { $0 == 7 ? 8 : Float($0) }, to: "other.npy")
        try tool.run("pack", "a.npy", "-o", "exact.emb", "--codec", "f32")
        try expect(tool, ["verify", "exact.emb", "--against", "other.npy"], 65, "NOT_LOSSLESS")
        try expect(tool, ["verify", "a.emb", "--against", "other.npy"], 65, "NMSE_DIFFERS")
        try tool.folder.write(Sources.npy(rows: 9, dim: 4) { Float($0) }, to: "fewer.npy")
        try expect(tool, ["verify", "exact.emb", "--against", "fewer.npy"], 65, "WRONG_SHAPE")
        try tool.folder.write(Sources.npy(rows: 11, dim: 4) { Float($0) }, to: "more.npy")
        try expect(tool, ["verify", "exact.emb", "--against", "more.npy"], 65, "MISSING_ID")
        var bytes = try tool.folder.read("a.emb")
        bytes[4100] ^= 1
        try tool.folder.write(bytes, to: "changed.emb")
        #expect(try tool.run("verify", "changed.emb").status == 0)
        try expect(tool, ["verify", "changed.emb", "--deep"], 65, "SEGMENT_CHECKSUM")
        bytes[10] = 9
        try tool.folder.write(bytes, to: "changed.emb")
        try expect(tool, ["verify", "changed.emb"], 65, "SUPERBLOCK_CHECKSUM")
    }

    @Test func `a message shows what was found and what to do`() throws {
        let tool = try tool()
        try tool.folder.write(Array("one 1 2\ntwo 3 oops\n".utf8), to: "words.txt")
        try tool.folder.write(Array("key;a\none;1\n".utf8), to: "semicolons.csv")
        func message(_ arguments: String) throws -> String { try tool.shell("$tool pack -o b.emb \(arguments)").errors }
        #expect(try message("a.npy --codec 'keyed(string) | int8'").contains("--keys"))
        try tool.folder.write(Array("one 1 2\ntwo 3 4\none 5 6\n".utf8), to: "twice.txt")
        #expect(try message("twice.txt").contains("--on-duplicate"))
        #expect(try message("a.npy --codec '\u{e9}'").contains("found \"\u{e9}\" at byte 0"))
        #expect(try message("words.txt").contains("line 2, field 3 (byte 14) is \"oops\""))
        #expect(try message("semicolons.csv").contains("commas"))
        #expect(try message("a.npy -j -1").contains("-j is -1, expected 0 or more"))
        #expect(try message("a.npy --block-size 4Ki").contains("64KiB"))
        #expect(try tool.run("lookup", "a.emb", "--ids-from", "none").errors.contains("No such file or directory"))
        #expect(try tool.shell("echo 3 | $tool lookup a.emb --ids-from /dev/fd/0").text.hasPrefix("3 "))
        #expect(try tool.run("pack", "--help").text.contains("(values: error, zero, default, hashed)"))
    }

    @Test func `no such input, or nothing that this build knows`() throws {
        let tool = try tool()
        try expect(tool, ["pack", "none.npy", "-o", "b.emb"], 66, "CANNOT_OPEN")
        try expect(tool, ["pack", "a.npy", "-o", "b.emb", "--keys", "none"], 66, "CANNOT_OPEN")
        try expect(tool, ["pack", ".", "-o", "b.emb"], 66, "NOT_A_FILE")
        try expect(tool, ["inspect", "none.emb"], 66, "IO")
        try expect(tool, ["lookup", "a.emb", "--ids-from", "none"], 66, "CANNOT_OPEN")
        let refused = Sources.path("../../../Formats/refused/")
        try expect(tool, ["verify", refused + "UNKNOWN_STAGE-codec.emb"], 69, "UNKNOWN_STAGE")
        try expect(tool, ["verify", refused + "NEWER_VERSION.emb"], 69, "NEWER_VERSION")
    }

    @Test func `an output that cannot be`() throws {
        let tool = try tool()
        try expect(tool, ["pack", "a.npy", "-o", "a.emb"], 73, "EXISTS")
        try expect(tool, ["pack", "a.npy", "-o", "none/b.emb"], 73, "IO")
        try expect(tool, ["pack", "a.npy", "-o", "a.npy/b.emb"], 73, "IO")
        try expect(tool, ["pack", "a.npy", "-o", "."], 73, "IO")
        try expect(tool, ["pack", "a.npy", "-o", "/proc/b.emb"], 73, "IO")
        try expect(tool, ["unpack", "a.emb", "-o", "a.npy"], 73, "EXISTS")
        #expect(try tool.run("pack", "a.npy", "-o", "a.emb", "-f").status == 0)
    }

    @Test func `a disk that is full`() throws {
        let tool = try tool()
        try tool.folder.write(Sources.npy(rows: 4000, dim: 16) { Float($0) }, to: "large.npy")
        let before = tool.folder.names
        let told = try tool.shell("ulimit -f 16; exec $tool pack large.npy -o b.emb --json")
        #expect(told.status == 74)
        #expect(told.code == "IO")
        #expect(tool.folder.names == before)
    }

    @Test func `an id without a row`() throws {
        let tool = try tool()
        try expect(tool, ["lookup", "a.emb", "1", "10"], 1, "MISSING_ID")
        #expect(try tool.run("lookup", "a.emb", "10", "--missing", "zero").text == "10 0.0 0.0 0.0 0.0\n")
    }
}
