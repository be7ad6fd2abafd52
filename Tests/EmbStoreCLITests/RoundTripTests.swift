import EmbTestSupport
import Foundation
import Testing

/// Sources that other programs made, through every verb.
@Suite struct RoundTripTests {
    @Test(arguments: Sources.tables) func `a source comes back from its file bit for bit`(_ name: String) throws {
        let tool = try Tool()
        let source = Sources.path(name)
        #expect(try tool.run("pack", source, "-o", "t.emb", "--codec", "f32").status == 0)
        #expect(try tool.run("verify", "t.emb", "--deep", "--against", source).status == 0)
        #expect(try tool.run("unpack", "t.emb", "-o", "t.npy", "-q").status == 0)
        let (header, values) = Sources.array(try tool.folder.read("t.npy"))
        let expected = try Sources.values(name)
        #expect(same(values, expected))
        let table = try #require(
            (try tool.run("inspect", "t.emb", "--json").json()["tables"] as? [[String: Any]])?.first)
        let (rows, dim) = (try #require(table["idCount"] as? Int), try #require(table["dim"] as? Int))
        #expect(header.contains("(\(rows), \(dim))"))
        #expect(rows * dim == expected.count)
    }

    @Test(arguments: Sources.collections.keys.sorted())
    func `every table of a collection comes back`(_ name: String) throws {
        let tool = try Tool()
        #expect(try tool.run("pack", Sources.path(name), "-o", "all.emb", "--codec", "f32").status == 0)
        #expect(try tool.run("verify", "all.emb", "--deep", "--against", Sources.path(name)).status == 0)
        for table in try #require(Sources.collections[name]) {
            #expect(try tool.run("unpack", "all.emb", "--table", table, "-o", "t.npy", "-f").status == 0)
            #expect(same(Sources.array(try tool.folder.read("t.npy")).values, try Sources.values("\(name).\(table)")))
        }
    }

    @Test(arguments: ["glove.txt", "gensim.txt", "word2vec-c.bin", "python.csv"])
    func `keys lead to their rows`(_ name: String) throws {
        let tool = try Tool()
        try tool.run("pack", Sources.path(name), "-o", "k.emb", "--codec", "f32")
        let dim = try #require(
            (try tool.run("inspect", "k.emb", "--json").json()["tables"] as? [[String: Any]])?.first?["dim"] as? Int)
        let key = name == "python.csv" ? "with, comma" : name == "glove.txt" ? "1 1/2" : "New_York"
        let row = name == "python.csv" ? 1 : name == "glove.txt" ? 5 : 1
        let found = try tool.run("lookup", "k.emb", key, "--format", "json").json()
        #expect(found["id"] as? String == key)
        let expected = try Sources.values(name)[row * dim..<(row + 1) * dim]
        #expect((found["values"] as? [NSNumber])?.map(\.floatValue) == Array(expected))
    }

    @Test(arguments: [("glove.txt", "g.vec"), ("gensim.txt", "g.txt")])
    func `text is written back with its keys`(_ name: String, _ output: String) throws {
        let tool = try Tool()
        try tool.run("pack", Sources.path(name), "-o", "a.emb", "--codec", "f32")
        #expect(try tool.run("unpack", "a.emb", "-o", output).status == 0)
        #expect(try tool.run("verify", "a.emb", "--against", output).status == 0)
    }

    @Test func `keys are written beside an array and read back`() throws {
        let tool = try Tool()
        try tool.run("pack", Sources.path("gensim.txt"), "-o", "a.emb", "--codec", "f32")
        #expect(try tool.run("unpack", "a.emb", "-o", "a.npy", "--keys-out", "a.keys").status == 0)
        #expect(try tool.run("verify", "a.emb", "--against", "a.npy", "--keys", "a.keys").status == 0)
    }

    @Test(arguments: ["lz4", "zstd"]) func `compressed rows are the same rows`(_ encoding: String) throws {
        let tool = try Tool()
        try tool.folder.write(Sources.npy(rows: 3000, dim: 8) { Float($0 % 97) }, to: "a.npy")
        #expect(
            try tool.run(
                "pack", "a.npy", "-o", "a.emb", "--codec", "f32", "--compress", encoding, "--block-size", "4KiB"
            ).status == 0)
        #expect(try tool.run("verify", "a.emb", "--deep", "--against", "a.npy").status == 0)
        #expect(tool.folder.names.contains("a.emb"))
    }

    @Test func `the bytes do not depend on the threads`() throws {
        let tool = try Tool()
        try tool.folder.write(Sources.npy(rows: 40_000, dim: 16) { Float($0 % 1009) - 500 }, to: "a.npy")
        try tool.run("pack", "a.npy", "-o", "one.emb", "-j", "1")
        try tool.run("pack", "a.npy", "-o", "all.emb", "-j", "0")
        #expect(try tool.folder.read("one.emb") == tool.folder.read("all.emb"))
    }
}
