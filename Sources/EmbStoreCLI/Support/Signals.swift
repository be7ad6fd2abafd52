import EmbIO
import Foundation

/// Ends the process on SIGINT, SIGTERM and SIGHUP without leaving a partial file behind.
enum Signals {
    /// Hands the signals to a thread that waits for them. Called first, so that all threads inherit the mask.
    ///
    /// A signal that whoever started the process has it ignore stays ignored.
    static func install() {
        // A closed pipe and a file over its limit are errors of the write, after which files are removed as ever.
        for signal in [SIGPIPE, SIGXFSZ] { _ = Glibc.signal(signal, SIG_IGN) }
        let wanted = [SIGINT, SIGTERM, SIGHUP].filter { !isIgnored($0) }
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
        end(by: signal)
    }

    /// Ends the process as if by `signal`, without a partial file.
    static func end(by signal: CInt) -> Never {
        AtomicFile.removeUnfinished()
        ProgressLine.clear()
        _exit(128 + signal)
    }
}
