import EmbTestSupport
import Foundation
import Testing

/// What the verbs print: for people, for scripts, and when told to be quiet.
@Suite struct OutputTests {
    private func tool() throws -> Tool {
        let tool = try Tool()
        try tool.folder.write(Sources.npy(rows: 100, dim: 4) { sin(Float($0)) }, to: "a.npy")
        try tool.run("pack", "a.npy", "-o", "a.emb", "--feature", "f", "--missing", "default", "--default-row", "3")
        return tool
    }

    @Test func `pack prints what it cost`() throws {
        let tool = try tool()
        let text = try tool.run("pack", "a.npy", "-o", "b.emb", "--codec", "int4").text
        for word in ["rows", "dim", "int4", "bytes/row", "ratio", "NMSE", "rel. error", "cosine", "rows/s", "MB/s"] {
            #expect(text.contains(word), "\(word)")
        }
        let json = try tool.run("pack", "a.npy", "-o", "c.emb", "--codec", "int4", "--json").json()
        #expect(Set(json.keys) == ["file", "fileBytes", "seconds", "tables"])
        let table = try #require((json["tables"] as? [[String: Any]])?.first)
        for key in [
            "name", "expression", "idCount", "rowCount", "dim", "bytesPerID", "ratio", "columnBytes", "seconds",
        ] {
            #expect(table[key] != nil, "\(key)")
        }
        let quality = try #require(table["quality"] as? [String: Any])
        #expect(Set(quality.keys).isSuperset(of: ["nmse", "relativeError", "meanCosine", "firstPercentileCosine"]))
    }

    @Test(arguments: [
        [], ["--codec", "rotation | int4(symmetric)"], ["--keys", "keys"], ["--keys", "keys", "--key-type", "u64"],
    ])
    func `a dry run foretells the sizes and writes nothing`(_ options: [String]) throws {
        let tool = try tool()
        try tool.folder.write(Array((0..<100).map { "\($0 * 7)\n" }.joined().utf8), to: "keys")
        let before = tool.folder.names
        let quoted = options.map { "'\($0)'" }.joined(separator: " ")
        let foretold = try tool.shell("$tool pack a.npy --dry-run --json \(quoted)").json()
        #expect(tool.folder.names == before)
        let packed = try tool.shell("$tool pack a.npy -o b.emb --json \(quoted)").json()
        let actual = try #require((packed["tables"] as? [[String: Any]])?.first?["columnBytes"] as? Int)
        let strings = options.count == 2 && options[0] == "--keys" ? (0..<100).reduce(0) { $0 + "\($1 * 7)".count } : 0
        #expect(try #require(foretold["columnBytes"] as? Int) + strings == actual)
    }

    @Test func `quiet prints nothing but data`() throws {
        let tool = try tool()
        for line in [
            "pack a.npy -o b.emb -q", "pack a.npy -o h.emb --codec 'hashed(rows=10) | f16' -q",
            "verify a.emb --deep -q",
            "verify a.emb --against a.npy -q", "unpack a.emb -o b.npy -q", "unpack h.emb -o h.npy -q",
        ] {
            let told = try tool.shell("$tool " + line)
            #expect(told.status == 0, "\(line)")
            #expect(told.text + told.errors == "", "\(line)")
        }
    }

    @Test func `shared rows are warned of, with the loss`() throws {
        let tool = try tool()
        let told = try tool.run("pack", "a.npy", "-o", "h.emb", "--codec", "hashed(rows=25) | f16")
        #expect(told.status == 0)
        #expect(told.errors.contains("about 75.0 %"), "\(told.errors)")
        #expect(try tool.run("unpack", "h.emb", "-o", "h.npy").errors.contains("0 to 99"))
    }

    @Test func `keys of shared rows cannot be unpacked`() throws {
        let tool = try tool()
        try tool.run("pack", Sources.path("glove.txt"), "-o", "h.emb", "--codec", "hashed(rows=5) | f16", "-q")
        let told = try tool.run("unpack", "h.emb", "-o", "h.npy", "--json")
        #expect(told.code == "KEYS_NOT_STORED")
        #expect(try tool.run("lookup", "h.emb", "the").status == 0)
        #expect(try tool.run("verify", "h.emb", "--against", Sources.path("glove.txt")).status == 0)
    }

    @Test func `names in a file cannot drive the terminal`() throws {
        let tool = try Tool()
        let asked = try tool.run(
            "lookup", Sources.path("../../../Formats/vectors/float-f32/table.emb"), "--table", "\u{1B}[2J", "0")
        #expect(asked.status != 0)
        #expect(asked.errors.contains("\\u{1B}[2J") && !asked.errors.contains("\u{1B}"))
        try tool.folder.write(Sources.npy(rows: 3, dim: 2) { Float($0) }, to: "a.npy")
        try tool.run("pack", "a.npy", "-o", "a.emb", "--table", "\u{1B}[2J")
        let text = try tool.run("inspect", "a.emb").text
        #expect(text.contains("\\u{1B}[2J") && !text.contains("\u{1B}"))
        let tables = try #require(try tool.run("inspect", "a.emb", "--json").json()["tables"] as? [[String: Any]])
        #expect(tables.first?["name"] as? String == "\u{1B}[2J")
    }

    @Test func `the order may name its frequencies`() throws {
        let tool = try tool()
        try tool.folder.write(Array((1...100).map { "\($0 * 7 % 101)\n" }.joined().utf8), to: "counts")
        #expect(try tool.run("pack", "a.npy", "-o", "b.emb", "--order", "frequency=counts").status == 0)
        #expect(
            try tool.run("pack", "a.npy", "-o", "c.emb", "--order", "frequency", "--frequencies", "counts").status == 0)
        #expect(try tool.folder.read("b.emb") == tool.folder.read("c.emb"))
    }

    @Test func `lookups come in every form`() throws {
        let tool = try tool()
        let rows = try tool.run("lookup", "a.emb", "5", "6", "--format", "json").text.split(separator: "\n")
        #expect(rows.count == 2)
        let array = try tool.run("lookup", "a.emb", "5", "6", "--format", "npy").output
        let values = Sources.array([UInt8](array)).values
        #expect(try tool.run("lookup", "a.emb", "5", "6", "--dims", "1").text == "5 \(values[0])\n6 \(values[4])\n")
        #expect(
            try tool.run("lookup", "a.emb", "--ids-from", "-", "--dims", "1", input: "5\r\n6").text
                == "5 \(values[0])\n6 \(values[4])\n")
        #expect(
            try tool.run("lookup", "a.emb", "5", "6", "--pool", "max", "--dims", "1").text
                == "max \(max(values[0], values[4]))\n")
        #expect(
            try tool.run("lookup", "a.emb", "5", "--feature", "f", "--dims", "1", "--residency", "populated").text
                == "5 \(values[0])\n")
        #expect(try tool.run("lookup", "a.emb", "5", "--dims", "1", "--output", "bf16").status == 0)
        let third = try tool.run("lookup", "a.emb", "3").text.split(separator: " ").dropFirst()
        let missing = try tool.run("lookup", "a.emb", "1000")
        #expect(missing.text.split(separator: " ").dropFirst() == third)
        #expect(missing.errors.contains("1 of 1 ids have no row"))
    }

    @Test func `neighbors come as text and as JSON`() throws {
        let tool = try tool()
        let lines = try tool.run("nearest", "a.emb", "5", "6", "--k", "3", "--metric", "l2").text.split(separator: "\n")
        #expect(lines.count == 6)
        #expect(lines[0].hasPrefix("5 5 ") && lines[3].hasPrefix("6 6 "))
        let array = try tool.run("lookup", "a.emb", "5", "--format", "npy").output
        let numbers = Sources.array([UInt8](array)).values.map { "\($0)" }.joined(separator: ",")
        let told = try tool.run("nearest", "a.emb", "--vector", numbers, "--k", "3", "--metric", "l2", "--json").json()
        #expect(told["query"] as? String == "0" && told["metric"] as? String == "l2" && told["table"] as? String == "a")
        let neighbors = try #require(told["neighbors"] as? [[String: Any]])
        #expect(
            neighbors.compactMap { $0["id"] as? String } == lines[0..<3].map { String($0.split(separator: " ")[1]) })
        let all = try tool.run("nearest", "a.emb", "--queries", "a.npy", "--k", "2", "--threads", "0", "--json").text
        #expect(all.split(separator: "\n").count == 100)
        try tool.run("pack", Sources.path("glove.txt"), "-o", "g.emb", "--codec", "f16", "-q")
        let key = try tool.run("nearest", "g.emb", "the", "--k", "2", "--metric", "cosine").text
        #expect(key.hasPrefix("the the "))
    }

    @Test func `a second table re-ranks`() throws {
        let tool = try tool()
        try tool.folder.write(Sources.npy(rows: 100, dim: 4) { sin(Float($0)) }, to: "b.npy")
        try tool.run("pack", "a.npy", "b.npy", "-o", "two.emb", "--codec", "int2", "--codec", "b=f32", "-q")
        let exact = try tool.run("nearest", "two.emb", "--table", "b", "--queries", "a.npy", "--k", "4")
        let found = try tool.run(
            "nearest", "two.emb", "--table", "a", "--rerank", "b:100", "--queries", "a.npy", "--k", "4")
        #expect(found.text == exact.text && found.status == 0)
    }

    @Test func `what cannot be searched is refused`() throws {
        let tool = try tool()
        try tool.run("pack", "a.npy", "-o", "h.emb", "--codec", "hashed(rows=10) | f16", "-q")
        #expect(try tool.run("nearest", "h.emb", "1", "--json").code == "NOT_SEARCHABLE")
        for line in [
            "", "1 --vector 1,2,3,4", "1 --k 0", "1 --rerank b:5", "1 --rerank b", "--vector 1,2", "--vector 1,x,3,4",
        ] {
            #expect(try tool.shell("$tool nearest a.emb \(line)").status == 64, "\(line)")
        }
    }

    @Test func `a row is shown step by step`() throws {
        let tool = try tool()
        let row = try tool.run("inspect", "a.emb", "--row", "5", "--against", "a.npy", "--json").json()
        #expect(row["key"] as? String == "5")
        #expect(((row["rows"] as? [[String: Any]])?.first?["bytes"] as? String)?.count == 3 * 8 - 1)
        #expect(((row["error"] as? [String: Any])?["nmse"] as? Double ?? 1) < 1e-3)
        #expect(try tool.run("inspect", "a.emb", "--key", "5").text.contains("decoded"))
        let stats = try tool.run("inspect", "a.emb", "--stats", "--sample", "50", "--json").json()
        #expect((stats["values"] as? [String: Any])?["count"] as? Int == 200)
        #expect(try tool.run("inspect", "a.emb", "--stats").text.contains("####"))
    }

    @Test func `progress is told as JSON lines if asked for`() throws {
        let tool = try Tool()
        try tool.folder.write(Sources.npy(rows: 200_000, dim: 16) { Float($0 % 1009) }, to: "large.npy")
        let told = try tool.run(
            "pack", "large.npy", "-o", "b.emb", "-q", "--progress=json", "--codec", "rotation | int4")
        #expect(told.text == "")
        for line in told.errors.split(separator: "\n") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: [String: Any]]
            #expect(object?["progress"]?["done"] != nil, "\(line)")
        }
    }

    @Test func `help teaches and version tells`() throws {
        let tool = try Tool()
        #expect(try tool.run("--help").text.contains("73 the"))
        for verb in ["pack", "unpack", "inspect", "verify", "lookup", "nearest"] {
            let help = try tool.run(verb, "--help")
            #expect(help.status == 0)
            #expect(help.text.contains("\nembstore \(verb) "), "\(verb)")
        }
        let version = try tool.run("--version").text
        for word in ["embstore 0.", "kernels", "lz4 1.", "zstd 1.", "xxhash 0."] { #expect(version.contains(word)) }
    }
}
