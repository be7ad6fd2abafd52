import Foundation
import Synchronization

/// How far long work has come, told on standard error: on a terminal one line that is drawn again and again, else only
/// if asked for.
///
/// Callable from any thread. Says nothing about work that is over in two seconds.
final class ProgressReporter: Sendable {
    enum Style: Sendable { case none, line, json }

    private struct State {
        var what = ""
        var done: UInt64 = 0
        var started = ContinuousClock.now
        var drawn = ContinuousClock.now
    }

    private static let patience = 2.0
    private let style: Style
    /// `rows` or `bytes`: what is counted.
    private let unit: String
    private let state = Mutex(State())

    init(_ style: Style, unit: String = "rows") {
        self.style = style
        self.unit = unit
    }

    /// Tells that `done` of `total` units of `what` are done. `bytesPerUnit` gives the rate in bytes.
    func update(_ what: String, _ done: UInt64, of total: UInt64?, bytesPerUnit: Double) {
        guard style != .none else { return }
        let now = ContinuousClock.now
        let seconds: Double? = state.withLock { state in
            if what != state.what || done < state.done { state.started = now }
            (state.what, state.done) = (what, done)
            guard now - state.drawn > .milliseconds(200) else { return nil }
            state.drawn = now
            return Units.seconds(now - state.started)
        }
        guard let seconds, seconds > 0 else { return }
        let moment = Moment(
            what: what, done: done, total: total, seconds: seconds, bytesPerUnit: bytesPerUnit, unit: unit)
        guard style == .json || moment.whole > Self.patience else { return }
        if style == .json { Terminal.write(moment.json + "\n") } else { ProgressLine.draw(moment.line) }
    }

    func finish() {
        if style == .line { ProgressLine.clear() }
    }
}

/// What there is to tell at one moment.
private struct Moment {
    let what: String
    let done: UInt64
    let total: UInt64?
    let seconds: Double
    let bytesPerUnit: Double
    let unit: String

    var rate: Double { Double(done) / seconds }
    /// Seconds that the work will have taken, or has so far.
    var whole: Double { total.map { Double($0) / max(rate, 1e-9) } ?? seconds }

    var line: String {
        var parts = [what]
        if let total, total > 0 { parts.append("\(100 * done / total) %") }
        if bytesPerUnit != 1 { parts.append("\(Units.count(rate)) \(unit)/s") }
        if bytesPerUnit > 0 { parts.append("\(Units.count(rate * bytesPerUnit / 1e6)) MB/s") }
        if total != nil { parts.append("ETA \(Units.clock(max(whole - seconds, 0)))") }
        return parts.joined(separator: "  ")
    }

    var json: String {
        struct Body: Encodable {
            let what: String
            let unit: String
            let done: UInt64
            let total: UInt64?
            let seconds: Double
        }
        return (try? JSON.line(["progress": Body(what: what, unit: unit, done: done, total: total, seconds: seconds)]))
            ?? ""
    }
}

/// The one line on the terminal that is drawn again.
enum ProgressLine {
    private static let isDrawn = Atomic<Bool>(false)
    private static let eraseLine = "\r\u{1B}[K"

    static func draw(_ text: String) {
        isDrawn.store(true, ordering: .relaxed)
        Terminal.write(eraseLine + text)
    }

    static func clear() {
        if isDrawn.exchange(false, ordering: .relaxed) { Terminal.write(eraseLine) }
    }
}
