import EmbTestSupport
import Foundation
import Testing

/// A tool that is told to stop leaves the folder as it found it.
@Suite struct SignalTests {
    @Test(arguments: [SIGINT, SIGTERM]) func `an interrupted pack leaves nothing`(_ signal: Int32) throws {
        let tool = try Tool()
        let (rows, dim) = (32 << 20, 16)
        let source = try tool.folder.write(Sources.header(rows: rows, dim: dim), to: "large.npy")
        #expect(unsafe truncate(source, 128 + rows * dim * 4) == 0)  // a hole: 2 GiB of zeros that take no room
        let running = try tool.start(
            interruptible: "pack", "large.npy", "-o", "large.emb", "--codec", "rotation | int8")
        for _ in 0..<1000 where !tool.folder.names.contains(where: { $0.hasSuffix(".embtmp") }) { usleep(10_000) }
        #expect(tool.folder.names.contains { $0.hasSuffix(".embtmp") })
        usleep(200_000)
        #expect(kill(running.process.processIdentifier, signal) == 0)
        #expect(try running.finish().status == 128 + signal)
        #expect(tool.folder.names == ["large.npy"])
    }

    @Test func `a closed pipe ends the tool without a word`() throws {
        let tool = try Tool()
        try tool.folder.write(Sources.npy(rows: 10, dim: 4) { Float($0) }, to: "a.npy")
        try tool.run("pack", "a.npy", "-o", "a.emb", "--codec", "f32")
        let told = try tool.shell(
            "{ yes 1 | head -200000 | $tool lookup a.emb --ids-from -; echo $? > status; } | head -1")
        #expect(told.text == "1 4.0 5.0 6.0 7.0\n")
        #expect(told.errors == "")
        #expect(try tool.folder.read("status") == Array("141\n".utf8))
    }
}
