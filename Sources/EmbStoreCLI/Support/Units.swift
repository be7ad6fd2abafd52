import Foundation

/// Numbers as people read them.
enum Units {
    /// `4.0 MiB`.
    static func bytes(_ count: UInt64) -> String {
        guard count >= 1024 else { return "\(count) B" }
        var (value, unit) = (Double(count), 0)
        let names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        while value >= 1024, unit < names.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        return fixed(value, value < 100 ? 1 : 0) + " " + names[unit]
    }

    /// `1.2M`, for rates.
    static func count(_ value: Double) -> String {
        for (limit, name) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where value >= limit {
            return fixed(value / limit, value < 100 * limit ? 1 : 0) + name
        }
        return fixed(value, 0)
    }

    /// `1:05` or `2:03:09`.
    static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 360_000 else { return "--:--" }
        let total = Int(seconds.rounded())
        let (hours, minutes) = (total / 3600, total / 60 % 60)
        let rest = two(total % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(rest)" : "\(minutes):\(rest)"
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    static func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

    /// Four significant digits.
    static func short(_ value: Double) -> String { String(format: "%.4g", value) }

    static func percent(_ share: Double) -> String { fixed(100 * share, 1) + " %" }

    /// 16 hexadecimal digits, as on the pages.
    static func hex(_ value: UInt64) -> String { String(format: "%016llx", value) }

    static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}
