import Foundation

/// A test vector's `case.json` (Formats/README.md, "Test vectors").
struct VectorCase: Decodable {
    let about: String
    let tables: [Table]
    let features: [Feature]?
    /// How `rows` columns are stored.
    let encoding: String?
    let blockBytes: Int?
    /// Packing does not make such a file: it is only read.
    let unpacked: Bool?
    let generation: UInt64?
    let writer: String?
    let lookups: [Lookup]
    let queries: [String: [[String]]]?
    let searches: [Search]?

    struct Table: Decodable {
        let name: String
        let expression: String
        let dim: Int
        let source: Source
        let missing: String?
        let defaultRow: UInt64?
        let attributes: [String: String]?
        let parameters: [String: Parameter]?
    }

    /// A column given to the writer instead of fitting it.
    struct Parameter: Decodable {
        let type: String
        let rows: UInt64
        let width: UInt32
        let hex: String
    }

    struct Source: Decodable {
        let values: [[String]]
        let stored: Bool
        let keys: Ids?
        let idCount: UInt64?
    }

    struct Feature: Decodable {
        let name: String
        let table: String
        let arguments: String?
    }

    struct Lookup: Decodable {
        let table: String?
        let feature: String?
        let op: String
        let ids: Ids
        let offsets: [Int64]?
        let weights: [String]?
        let mode: String?
        let dims: Int?
        let missing: String?
        let output: String?
        let expected: [[String]]?
        let error: String?
    }

    /// Integers, signed or unsigned, or strings.
    enum Ids: Decodable {
        case signed([Int64])
        case unsigned([UInt64])
        case strings([String])

        var count: Int {
            switch self {
            case .signed(let ids): ids.count
            case .unsigned(let ids): ids.count
            case .strings(let ids): ids.count
            }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let ids = try? container.decode([Int64].self) {
                self = .signed(ids)
            } else if let ids = try? container.decode([UInt64].self) {
                self = .unsigned(ids)
            } else {
                self = .strings(try container.decode([String].self))
            }
        }
    }

    /// The folder of all vectors, found from this file.
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Formats/vectors")

    static let names = try! FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()

    static func load(_ name: String) throws -> VectorCase {
        try JSONDecoder().decode(
            VectorCase.self, from: Data(contentsOf: folder.appending(path: "\(name)/case.json")))
    }

    static func path(_ name: String) -> String { folder.appending(path: "\(name)/table.emb").path() }
}
