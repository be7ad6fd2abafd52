import EmbIO
import Foundation

/// Ends the process on SIGINT and SIGTERM without leaving a partial file behind.
enum Signals {
    /// Hands the signals to a thread that waits for them. Called first, so that all threads inherit the mask.
    ///
    /// A signal that whoever started the process has it ignore stays ignored.
    static func install() {
        let wanted = [SIGINT, SIGTERM].filter { !isIgnored($0) }
        guard !wanted.isEmpty else { return }
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in wanted { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        Thread.detachNewThread { [set] in wait(for: set) }
    }

    private static func isIgnored(_ signal: CInt) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(signal, nil, &action) == 0 else { return false }
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private static func wait(for set: sigset_t) -> Never {
        var (set, signal) = (set, CInt(0))
        while unsafe sigwait(&set, &signal) != 0 {}
        AtomicFile.removeUnfinished()
        ProgressLine.clear()
        _exit(128 + signal)
    }
}
