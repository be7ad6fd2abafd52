import Glibc

/// Zeroed memory of a fixed size, reused from one tile to the next.
///
/// With `ElementDecoder`, `SourceFile` and the folder Zip all of this module that handles pointers. The spans borrow
/// the buffer or what holds it, so they cannot outlive it; two of them may see the same elements, plain numbers all.
@safe final class FixedBuffer<Element: BitwiseCopyable> {
    let count: Int
    private let start: UnsafeMutablePointer<Element>

    /// Allocates `count` elements of zero bytes; the system provides pages when they are first touched.
    init(count: Int) {
        self.count = count
        let memory = unsafe calloc(max(count, 1), MemoryLayout<Element>.stride)
        guard let memory = unsafe memory else { fatalError("out of memory for \(count) elements") }
        unsafe start = memory.bindMemory(to: Element.self, capacity: max(count, 1))
    }

    deinit { unsafe free(start) }

    subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count)
            return unsafe start[index]
        }
        set {
            precondition(index >= 0 && index < count)
            unsafe start[index] = newValue
        }
    }

    /// Copies elements into this buffer; they may lie in it themselves.
    func copy(_ elements: Span<Element>, to start: Int) {
        precondition(start >= 0 && start + elements.count <= count)
        unsafe elements.withUnsafeBufferPointer { elements in
            guard let source = elements.baseAddress else { return }
            unsafe (self.start + start).update(from: source, count: elements.count)
        }
    }

    /// The elements of `range`.
    ///
    /// - Parameter holder: What the span borrows: an object that keeps this buffer as long as it lives.
    @_lifetime(borrow holder)
    func span<Holder: AnyObject>(_ range: Range<Int>, heldBy holder: borrowing Holder) -> Span<Element> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        let part = unsafe Span(_unsafeStart: start + range.lowerBound, count: range.count)
        return unsafe _overrideLifetime(part, borrowing: holder)
    }

    /// The elements of `range`, writable.
    @_lifetime(borrow holder)
    func mutable<Holder: AnyObject>(_ range: Range<Int>, heldBy holder: borrowing Holder) -> MutableSpan<Element> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        let part = unsafe MutableSpan(_unsafeStart: start + range.lowerBound, count: range.count)
        return unsafe _overrideLifetime(part, borrowing: holder)
    }

    /// The bytes of the elements of `range`, writable.
    @_lifetime(borrow holder)
    func mutableBytes<Holder: AnyObject>(_ range: Range<Int>, heldBy holder: borrowing Holder) -> MutableRawSpan {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        let byteCount = range.count * MemoryLayout<Element>.stride
        let part = unsafe MutableRawSpan(_unsafeStart: start + range.lowerBound, byteCount: byteCount)
        return unsafe _overrideLifetime(part, borrowing: holder)
    }
}

extension FixedBuffer<UInt8> {
    /// The first position of a byte within `range`.
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        let found = unsafe memchr(start + range.lowerBound, Int32(byte), range.count)
        guard let found = unsafe found else { return nil }
        return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(start)
    }

    /// Moves the bytes of `range` to the front.
    func moveToFront(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        _ = unsafe memmove(start, start + range.lowerBound, range.count)
    }
}
