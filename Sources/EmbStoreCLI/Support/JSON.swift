import Foundation

/// JSON for scripts: keys sorted; on a terminal indented, else one line.
enum JSON {
    static func print(_ value: some Encodable) throws {
        try Terminal.output.data(text(value, pretty: Terminal.outputIsTTY))
    }

    static func line(_ value: some Encodable) throws -> String { try text(value, pretty: false) }

    private static func text(_ value: some Encodable, pretty: Bool) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// An optional field that is there as `null` when there is no value, so that scripts find it.
@propertyWrapper struct OrNull<Value: Encodable>: Encodable {
    var wrappedValue: Value?

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}
