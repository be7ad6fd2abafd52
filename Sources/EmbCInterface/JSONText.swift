/// JSON without Foundation, on one line. Fields keep the order in which they are added.
public struct JSONText {
    /// What has been written so far of an object.
    public private(set) var fields = ""

    public init() {}

    public var object: String { "{" + fields + "}" }

    public mutating func add(_ name: String, _ text: String) { add(name, json: Self.quoted(text)) }
    public mutating func add(_ name: String, _ number: some BinaryInteger) { add(name, json: "\(number)") }
    public mutating func add(_ name: String, _ value: Bool) { add(name, json: value ? "true" : "false") }

    public mutating func add(_ name: String, _ number: Double) {
        let text = number.isNaN ? "NaN" : number > 0 ? "Infinity" : "-Infinity"
        add(name, json: number.isFinite ? "\(number)" : Self.quoted(text))
    }

    public mutating func addNull(_ name: String) { add(name, json: "null") }

    public mutating func add(_ name: String, _ items: [JSONText]) {
        add(name, json: "[" + items.map(\.object).joined(separator: ",") + "]")
    }

    public mutating func add(_ name: String, _ item: JSONText) { add(name, json: item.object) }

    public mutating func add(_ name: String, texts: [String]) {
        add(name, json: "[" + texts.map(Self.quoted).joined(separator: ",") + "]")
    }

    private mutating func add(_ name: String, json: String) {
        if !fields.isEmpty { fields += "," }
        fields += Self.quoted(name) + ":" + json
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
