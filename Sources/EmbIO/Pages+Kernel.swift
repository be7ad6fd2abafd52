internal import CEmbIO
internal import Glibc
internal import SystemPackage

/// What the kernel can be asked about memory, or told.
extension Pages {
    /// `madvise(2)` on the pages that cover `range`; nil when it was taken.
    func advise(_ advice: CInt, on range: Range<Int>) -> Errno? {
        unsafe run(on: range) { unsafe madvise($0, $1, advice) }
    }

    func advise(_ advice: CInt) -> Errno? {
        advise(advice, on: 0..<byteCount)
    }

    /// Reads everything in now: `MADV_POPULATE_READ`, or page by page on kernels before 5.14.
    func populate(for path: String) throws(IOError) {
        switch advise(CInt(MADV_POPULATE_READ)) {
        case nil: return
        case .invalidArgument?: touch()
        case let reason?: throw IOError(.advise, path, reason)
        }
    }

    /// Reads one byte of every page.
    func touch() {
        unsafe bytes.withUnsafeBytes { unsafe emb_touch_pages($0.baseAddress!, $0.count, Pages.pageByteCount) }
    }

    /// `mlock(2)`.
    func lock(for path: String) throws(IOError) {
        guard let reason = unsafe run({ unsafe mlock($0, $1) }) else { return }
        throw IOError(.lock, path, reason, detail: "\(byteCount) bytes wanted, \(Pages.lockLimit)")
    }

    private static var lockLimit: String {
        var limit = rlimit()
        unsafe getrlimit(CInt(__RLIMIT_MEMLOCK.rawValue), &limit)
        return limit.rlim_cur == rlim_t.max
            ? "RLIMIT_MEMLOCK is unlimited" : "RLIMIT_MEMLOCK is \(limit.rlim_cur) bytes"
    }

    /// `mprotect(2)`: from here on a write to these pages ends the process instead of spoiling them.
    mutating func makeReadOnly(for path: String) throws(IOError) {
        if let reason = unsafe run({ unsafe mprotect($0, $1, PROT_READ) }) { throw IOError(.map, path, reason) }
    }

    /// How many of the bytes are in memory now, by `mincore(2)`, 256 MiB at a call.
    func residentBytes(for path: String) throws(IOError) -> Int {
        var states = [UInt8](repeating: 0, count: 1 << 16)
        let step = states.count * Pages.pageByteCount
        var total = 0
        for start in stride(from: 0, to: byteCount, by: step) {
            total += try residentBytes(in: start..<min(start + step, byteCount), &states, for: path)
        }
        return total
    }

    private func residentBytes(
        in range: Range<Int>, _ states: inout [UInt8], for path: String
    ) throws(IOError) -> Int {
        let reason = unsafe run(on: range) { unsafe mincore($0, $1, &states) }
        if let reason { throw IOError(.stat, path, reason) }
        let page = Pages.pageByteCount
        return stride(from: 0, to: range.count, by: page).reduce(0) { total, offset in
            total + (states[offset / page] & 1 == 0 ? 0 : min(page, range.count - offset))
        }
    }
}
