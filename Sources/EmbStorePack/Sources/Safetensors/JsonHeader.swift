import FoundationEssentials

/// Decodes JSON and tells what is wrong with it in this module's words.
enum JsonHeader {
    static func decode<Value: Decodable>(
        _ type: Value.Type, _ json: [UInt8], file: String, offset: UInt64
    ) throws(SourceError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(json))
        } catch let error as DecodingError {
            let (path, reason) = explain(error)
            throw .badHeader(file: file, field: path, offset: offset, found: reason, expected: "the format's JSON")
        } catch {
            throw .badHeader(
                file: file, field: "JSON", offset: offset, found: "\(error)", expected: "the format's JSON")
        }
    }

    private static func explain(_ error: DecodingError) -> (path: String, reason: String) {
        switch error {
        case .keyNotFound(let key, let context): (shown(context), "without \(key.stringValue)")
        case .typeMismatch(let type, let context): (shown(context), "not of type \(type)")
        case .valueNotFound(_, let context): (shown(context), "null")
        case .dataCorrupted(let context): (shown(context), "not valid JSON or out of range")
        @unknown default: ("JSON", "not readable")
        }
    }

    private static func shown(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        return path.isEmpty ? "JSON" : path.joined(separator: ".")
    }
}
