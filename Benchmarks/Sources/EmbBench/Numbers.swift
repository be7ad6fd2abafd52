#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Numbers outside the reach of reference counting and bounds checks, so that only lookups are timed. A part keeps the whole alive.
struct Numbers<Element: BitwiseCopyable>: @unchecked Sendable {
    private final class Memory {
        let all: UnsafeMutableBufferPointer<Element>
        init(count: Int) {
            all = .allocate(capacity: count)
            // Touched once, so that no batch waits for the kernel.
            memset(all.baseAddress!, 0, max(count, 1) * MemoryLayout<Element>.stride)
        }
        deinit { all.deallocate() }
    }

    private let memory: Memory
    private let part: UnsafeMutableBufferPointer<Element>
    var count: Int { part.count }

    init(count: Int) {
        memory = Memory(count: max(count, 1))
        part = UnsafeMutableBufferPointer(rebasing: memory.all[..<count])
    }

    private init(_ memory: Memory, _ part: UnsafeMutableBufferPointer<Element>) {
        (self.memory, self.part) = (memory, part)
    }

    init(contentsOf path: String) throws {
        guard let file = fopen(path, "rb") else { throw Refused("cannot read \(path)") }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        self.init(count: ftell(file) / MemoryLayout<Element>.stride)
        rewind(file)
        guard fread(part.baseAddress, MemoryLayout<Element>.stride, count, file) == count else {
            throw Refused("cannot read \(path)")
        }
    }

    func write(to path: String) throws {
        guard path != "-" else { return }
        guard let file = fopen(path, "wb") else { throw Refused("cannot write \(path)") }
        defer { fclose(file) }
        guard fwrite(part.baseAddress, MemoryLayout<Element>.stride, count, file) == count else {
            throw Refused("cannot write \(path)")
        }
    }

    /// Puts all of `numbers` at `start`.
    func copy(_ numbers: Numbers, at start: Int) {
        _ = self[start, numbers.count].part.update(fromContentsOf: numbers.part)
    }

    /// `count` numbers from `start` on.
    subscript(start: Int, count: Int) -> Numbers {
        Numbers(memory, UnsafeMutableBufferPointer(rebasing: part[start..<start + count]))
    }

    subscript(number: Int) -> Element {
        get { part[number] }
        nonmutating set { part[number] = newValue }
    }

    var span: Span<Element> {
        @_lifetime(borrow self) get { part.span }
    }

    var mutableSpan: MutableSpan<Element> {
        @_lifetime(borrow self) get { part.mutableSpan }
    }
}

struct Refused: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func flush() { fflush(nil) }

/// Bytes that the kernel has read from disk for this process; 0 where it does not say.
func bytesReadFromDisk() -> Int {
    guard let file = fopen("/proc/self/io", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, 256, file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if text.hasPrefix("read_bytes: ") { return Int(text.dropFirst(12).dropLast()) ?? 0 }
    }
    return 0
}
