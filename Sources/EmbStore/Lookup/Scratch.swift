/// Memory that a lookup works in: grows when asked, never shrinks, and has an identity, so that several can be borrowed
/// at once. This module's one unsafe type.
///
/// Not for two threads at a time. A span is good until the next `reserve`; nobody reserves while holding one.
@safe final class Scratch<Element: BitwiseCopyable> {
    private var memory: UnsafeMutableBufferPointer<Element>
    private let filler: Element

    init(_ filler: Element, count: Int = 0) {
        self.filler = filler
        unsafe memory = .allocate(capacity: count)
        unsafe memory.initialize(repeating: filler)
    }

    deinit { unsafe memory.deallocate() }

    var count: Int { unsafe memory.count }

    /// Makes room for `count` elements. What was there is kept.
    func reserve(_ count: Int) {
        guard count > self.count else { return }
        let larger = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(count, 2 * self.count))
        unsafe larger.initialize(repeating: filler)
        for i in 0..<self.count { unsafe larger[i] = memory[i] }
        unsafe memory.deallocate()
        unsafe memory = larger
    }

    /// Moves elements `range` down to `place`.
    func move(_ range: Range<Int>, to place: Int) {
        precondition(place >= 0 && place <= range.lowerBound && range.upperBound <= count)
        guard range.lowerBound > place, !range.isEmpty else { return }
        let start = unsafe memory.baseAddress!
        unsafe (start + place).update(from: start + range.lowerBound, count: range.count)
    }

    var span: Span<Element> {
        @_lifetime(borrow self) get { unsafe _overrideLifetime(Span(_unsafeElements: memory), borrowing: self) }
    }

    var mutableSpan: MutableSpan<Element> {
        @_lifetime(borrow self) get { unsafe _overrideLifetime(MutableSpan(_unsafeElements: memory), borrowing: self) }
    }

    subscript(i: Int) -> Element {
        get { span[i] }
        set {
            precondition(i >= 0 && i < count)
            unsafe memory[i] = newValue
        }
    }
}
