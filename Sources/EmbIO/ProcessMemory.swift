internal import Glibc

/// What the system tells of this process's memory.
public enum ProcessMemory {
    /// Page faults of this process so far (`getrusage`): those answered from memory, and those that waited for a device.
    public static func pageFaults() -> (minor: UInt64, major: UInt64) {
        var usage = rusage()
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return (0, 0) }
        return (UInt64(usage.ru_minflt), UInt64(usage.ru_majflt))
    }

    /// Bytes of this process's page tables (`VmPTE`); nil where the system does not tell.
    public static func pageTableBytes() -> Int? {
        guard let file = try? PosixFile("/proc/self/status", flags: O_RDONLY, operation: .open) else { return nil }
        var text = [UInt8](repeating: 0, count: 8192)
        var span = text.mutableSpan
        var bytes = unsafe span.mutableBytes
        guard let count = try? file.read(into: &bytes, at: 0) else { return nil }
        let lines = text[..<count].split(separator: UInt8(ascii: "\n"))
        guard let line = lines.first(where: { $0.starts(with: Array("VmPTE:".utf8)) }) else { return nil }
        let digits = line.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self)).map { $0 << 10 }
    }
}
