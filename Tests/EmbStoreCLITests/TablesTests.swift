import EmbTestSupport
import Foundation
import Testing

/// Several tables in one file, and what is said of each.
@Suite struct TablesTests {
    private func tool() throws -> Tool {
        let tool = try Tool()
        try tool.folder.write(Sources.npy(rows: 6, dim: 2) { Float($0) }, to: "users.npy")
        try tool.folder.write(Sources.npy(rows: 4, dim: 3) { -Float($0) }, to: "items.npy")
        try tool.folder.write(Array("11\n22\n33\n44\n".utf8), to: "items.keys")
        return tool
    }

    @Test func `each table has its codec and its features`() throws {
        let tool = try tool()
        let told = try tool.run(
            "pack", "users.npy", "items.npy", "-o", "all.emb", "--codec", "f16", "--codec", "items=rotation | bf16",
            "--feature", "user=users", "--feature", "shown=items", "--feature", "bought=items", "--generation", "7")
        #expect(told.status == 0, "\(told.errors)")
        let json = try tool.run("inspect", "all.emb", "--json").json()
        let tables = try #require(json["tables"] as? [[String: Any]])
        #expect(tables.map { $0["name"] as? String } == ["users", "items"])
        #expect(tables.map { $0["expression"] as? String } == ["f16", "rotation | bf16"])
        #expect((json["superblock"] as? [String: Any])?["generation"] as? Int == 7)
        #expect(try tool.run("lookup", "all.emb", "2", "--feature", "bought").text.hasPrefix("2 -"))
        #expect(try tool.run("lookup", "all.emb", "2", "--table", "users").text == "2 4.0 5.0\n")
        #expect(try tool.run("lookup", "all.emb", "2").errors.contains("\"users\", \"items\""))
        #expect(try tool.run("verify", "all.emb", "--against", "items.npy").status == 0)
        #expect(try tool.run("inspect", "all.emb", "--table", "items").text.contains("table \"users\"") == false)
    }

    @Test func `features added later give the file that packing with them gives`() throws {
        let tool = try tool()
        let added = ["bought=items", "short=items: dims=2"]
        let (users, items) = ("users.npy", "items.npy")
        #expect(
            try tool.run("pack", users, items, "-o", "a.emb", "--codec", "f16", "--feature", "user=users").status == 0)
        let whole = try tool.run(
            "pack", users, items, "-o", "b.emb", "--codec", "f16", "--feature", "user=users", "--feature", added[0],
            "--feature", added[1], "--generation", "2")
        #expect(whole.status == 0)
        #expect(try tool.run("add-feature", "a.emb", added[0], added[1], "-o", "c.emb").status == 0)
        #expect(try tool.run("lookup", "a.emb", "2", "--feature", "short").status == 64, "the file itself is as it was")
        let told = try tool.run("add-feature", "a.emb", added[0], added[1])
        #expect(told.status == 0 && told.errors.contains("2 features added, generation 2"), "\(told.errors)")
        #expect(try tool.run("lookup", "a.emb", "2", "--feature", "short").text == "2 -6.0 -7.0 0.0\n")
        #expect(try tool.folder.read("a.emb") == tool.folder.read("b.emb"))
        #expect(try tool.folder.read("c.emb") == tool.folder.read("b.emb"))
    }

    @Test func `a feature that open would refuse is not added`() throws {
        let tool = try tool()
        #expect(try tool.run("pack", "users.npy", "-o", "a.emb", "--feature", "f").status == 0)
        let before = try tool.folder.read("a.emb")
        let refused = [
            "f", "", "g: dims=3", "g: probes=2", "g=nobody", "g: nonsense", String(repeating: "g", count: 256),
        ]
        for feature in refused {
            let told = try tool.run("add-feature", "a.emb", "--", feature)
            #expect(told.status == 64 && told.errors.count > 20, "\(feature): \(told.errors)")
        }
        #expect(try tool.run("pack", "users.npy", "-o", "b.emb", "--feature", "g=nobody").status == 64)
        #expect(try tool.run("add-feature", "a.emb", "g", "-o", "a.emb").status == 73, "it exists")
        #expect(try tool.folder.read("a.emb") == before)
    }

    @Test func `names are given, and asked for where there are several`() throws {
        let tool = try tool()
        #expect(try tool.run("pack", "users.npy", "-o", "a.emb", "--table", "people", "--feature", "f").status == 0)
        #expect(try tool.run("lookup", "a.emb", "0", "--table", "people").status == 0)
        #expect(try tool.run("pack", "users.npy", "items.npy", "-o", "b.emb", "--table", "people").status == 64)
        #expect(try tool.run("pack", "users.npy", "items.npy", "-o", "b.emb", "--feature", "f").status == 64)
        #expect(try tool.run("pack", "users.npy", "users.npy", "-o", "b.emb").status == 64)
    }

    @Test func `a default row is named by its key`() throws {
        let tool = try tool()
        let told = try tool.run(
            "pack", "items.npy", "--keys", "items.keys", "--key-type", "i64", "-o", "a.emb", "--codec", "f32",
            "--default-row", "33", "--missing", "default")
        #expect(told.status == 0, "\(told.errors)")
        #expect(try tool.run("lookup", "a.emb", "22", "5", "-q").text == "22 -3.0 -4.0 -5.0\n5 -6.0 -7.0 -8.0\n")
        #expect(try tool.run("inspect", "a.emb", "--key", "44", "--json").json()["key"] as? String == "44")
    }

    @Test func `a budget chooses the size left open, or names what is needed`() throws {
        let tool = try tool()
        let told = try tool.run("pack", "items.npy", "-o", "a.emb", "--codec", "hashed | f32", "--budget", "0.03KB")
        #expect(told.status == 0, "\(told.errors)")
        #expect(told.errors.contains("hashed(rows=2) | f32 takes 24 of 30 bytes; rows of hashed chosen"))
        // Fitted to finished rows, a hash loses what the budget does not pay for, and that is said beforehand.
        #expect(told.errors.contains("it loses about 50.0 % of the energy"))
        let tables = try tool.run("inspect", "a.emb", "--json").json()["tables"] as? [[String: Any]]
        #expect(tables?.first?["expression"] as? String == "hashed(rows=2) | f32")
        let small = try tool.run("pack", "items.npy", "-o", "b.emb", "--codec", "hashed | f32", "--budget", "11")
        #expect(
            small.status == 64 && small.errors.contains("budget is 11 bytes, expected at least 12"), "\(small.errors)")
        #expect(try tool.run("pack", "users.npy", "items.npy", "-o", "b.emb", "--budget", "9").status == 64)
    }

    @Test func `inspect explains whose rows those of a unified table are`() throws {
        let tool = try tool()
        try tool.folder.write(Sources.npy(rows: 50, dim: 2) { Float($0) }, to: "rows.npy")
        let told = try tool.run(
            "pack", "rows.npy", "-o", "a.emb", "--codec", "unified(rows=10, width=2, tables=4, probes=2) | f32",
            "--stored-rows", "--feature", "user", "--feature", "item: salt=1, tables=0-2", "--feature",
            "day: first=2, ids=4")
        #expect(told.status == 0, "\(told.errors)")
        let json = try tool.run("inspect", "a.emb", "--json").json()
        let table = try #require((json["tables"] as? [[String: Any]])?.first?["sharing"] as? [String: Any])
        #expect(table["sharedBytes"] as? Int == 4 * 10 * 8 && table["ownedBytes"] as? Int == 10 * 8)
        #expect(table["unreadSubTables"] as? [Int] == [3])
        let features = try #require(json["features"] as? [[String: Any]])
        #expect(features.map { $0["subTables"] as? [Int] } == [[0, 1], [0, 2], nil])
        #expect(features.map { $0["ownRows"] as? Int } == [nil, nil, 8])
        #expect(features.map { $0["ids"] as? Int } == [nil, nil, 4])
        #expect(features.map { $0["dim"] as? Int } == [4, 4, 4])
        // Two probes read sub-table 0.
        let shares = features.compactMap { $0["shareOfRows"] as? Double }
        #expect(shares == [0.3, 0.3, 0.16])
        let text = try tool.run("inspect", "a.emb").text
        for words in ["f32.rows 50 x 8 = 400", "4 x 10 of 8 bytes = 320, by hash", "8 rows of its own", "reads: 3"] {
            #expect(text.contains(words), "\(words)")
        }
    }

    @Test func `rows trained elsewhere are stored as they are`() throws {
        let tool = try tool()
        let told = try tool.run(
            "pack", "users.npy", "-o", "a.emb", "--codec", "hashed(rows=6, probes=2) | f32", "--stored-rows")
        #expect(told.status == 0)
        #expect(told.errors == "")
        let row = try #require(
            try tool.run("inspect", "a.emb", "--row", "4", "--json").json()["rows"] as? [[String: Any]])
        #expect((row.first?["numbers"] as? [NSNumber])?.map(\.floatValue) == [8, 9])
        let found = try tool.run("inspect", "a.emb", "--key", "any", "--key-type", "str", "--json").json()
        #expect((found["rows"] as? [[String: Any]])?.count == 2)
    }
}
