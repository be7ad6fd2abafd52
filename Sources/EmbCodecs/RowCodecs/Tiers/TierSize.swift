/// How many rows a tier has, as written before its composition (Formats/codecs/tiers.md).
public enum TierSize: Sendable, Hashable {
    /// A share of the rows, and of the traffic, in per cent.
    case rows(Decimal), traffic(Decimal)
    case rest

    private static let trafficSuffix = "%traffic"

    init?(_ label: String) {
        let percent = { (suffix: String) -> Decimal? in
            guard label.hasSuffix(suffix), let decimal = Decimal(String(label.dropLast(suffix.count))) else {
                return nil
            }
            return decimal.value > 0 && decimal.value < 100 ? decimal : nil
        }
        if label == "rest" {
            self = .rest
        } else if let decimal = percent(Self.trafficSuffix) {
            self = .traffic(decimal)
        } else if let decimal = percent("%") {
            self = .rows(decimal)
        } else {
            return nil
        }
    }

    var label: String {
        switch self {
        case .rows(let percent): percent.text + "%"
        case .traffic(let percent): percent.text + Self.trafficSuffix
        case .rest: "rest"
        }
    }
}

extension Tiers {
    /// Rows before the end of each tier. Ends but the last are multiples of this, so that what a tier's codec encodes together
    /// begins where its rows do.
    public static let endMultiple: UInt64 = 64

    /// - Parameter frequencies: Of all rows, in the order stored; only asked for if a size is a share of traffic. Nil: as if
    ///   every row were asked for as often, which will do for estimates.
    public func ends(rowCount: UInt64, frequencies: [Float]?) -> [UInt64] {
        var ends: [UInt64] = []
        for size in sizes {
            let start = ends.last ?? 0
            let end: UInt64
            switch size {
            case .rest: end = rowCount
            case .rows(let percent): end = start + Self.share(percent, of: rowCount)
            case .traffic(let percent):
                end =
                    if let frequencies { Self.end(of: percent, frequencies, from: start) } else {
                        start + Self.share(percent, of: rowCount)
                    }
            }
            let rounded = (end + Self.endMultiple - 1) / Self.endMultiple * Self.endMultiple
            ends.append(size == .rest ? rowCount : min(rounded, rowCount))
        }
        return ends
    }

    /// rowCount * P / 100, rounded up.
    private static func share(_ percent: Decimal, of rowCount: UInt64) -> UInt64 {
        let whole = UInt128(100) * 1_000_000_000
        return UInt64((UInt128(rowCount) * UInt128(percent.billionths) + whole - 1) / whole)
    }

    /// The row before which frequencies from `start` on are at least P per cent of all.
    private static func end(of percent: Decimal, _ frequencies: [Float], from start: UInt64) -> UInt64 {
        var total = 0.0
        for frequency in frequencies { total += Double(frequency) }
        let wanted = percent.value / 100 * total
        var sum = 0.0
        var row = Int(start)
        while row < frequencies.count, sum < wanted {
            sum += Double(frequencies[row])
            row += 1
        }
        return UInt64(row)
    }
}
