public import ArgumentParser
public import EmbCodecs
public import EmbFormat
public import EmbIO
public import EmbStore
public import EmbStorePack

// The libraries' own words as values of options.
extension SourceFormat: ExpressibleByArgument {}
extension NonFinitePolicy: ExpressibleByArgument {}
extension DuplicatePolicy: ExpressibleByArgument {}
extension RowOrder: ExpressibleByArgument {}
extension PoolMode: ExpressibleByArgument {}
extension Residency: ExpressibleByArgument {}
extension Metric: ExpressibleByArgument {}

extension MissingPolicy: ExpressibleByArgument {
    public init?(argument: String) {
        guard let policy = MissingPolicy.allCases.first(where: { $0.name == argument }) else { return nil }
        self = policy
    }

    public static var allValueStrings: [String] { allCases.map(\.name) }
}

/// The type of keys.
enum KeyType: String, ExpressibleByArgument, CaseIterable {
    case i64, u64, str

    var kind: KeyKind { self == .str ? .strings : .integers }
}

/// The order in which rows are stored: `source`, `norm`, `frequency`, or `frequency=FILE`.
struct StoredOrder: ExpressibleByArgument {
    let order: RowOrder
    /// The file that says how often each row is asked for.
    let frequencies: String?

    init?(argument: String) {
        let file = argument.hasPrefix("frequency=") ? String(argument.dropFirst("frequency=".count)) : nil
        guard file != "", let order = file == nil ? RowOrder(rawValue: argument) : .frequency else { return nil }
        (self.order, frequencies) = (order, file)
    }

    static var allValueStrings: [String] { ["source", "frequency", "frequency=FILE", "norm"] }
    var defaultValueDescription: String { order.rawValue }
}

/// A number of bytes: `65536`, `64KiB`, `2.5MB`.
struct ByteSize {
    let count: Int

    init(_ count: Int) { self.count = count }

    /// What an option makes of its value.
    static func parse(_ argument: String) throws -> ByteSize {
        guard let size = ByteSize(argument) else {
            throw ValidationError("expected bytes, above 0, such as 65536, 64KiB or 2.5MB")
        }
        return size
    }

    private init?(_ argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let factors: [String: Int] = [
            "": 1, "B": 1, "K": 1 << 10, "KiB": 1 << 10, "KB": 1000, "M": 1 << 20, "MiB": 1 << 20, "MB": 1_000_000,
            "G": 1 << 30, "GiB": 1 << 30, "GB": 1_000_000_000,
        ]
        guard let factor = factors[String(argument[digits.endIndex...])] else { return nil }
        if let number = Int(digits) {
            let (count, overflow) = number.multipliedReportingOverflow(by: factor)
            guard !overflow, count > 0 else { return nil }
            self.count = count
        } else {
            // Part of a byte is not wanted.
            guard let number = Double(digits), let count = Int(exactly: (number * Double(factor)).rounded(.down)),
                count > 0
            else { return nil }
            self.count = count
        }
    }
}
