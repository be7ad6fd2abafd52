extension MutableSpan where Element: BitwiseCopyable {
    /// Copies `source` to the front: what the standard library's spans do not offer yet.
    public mutating func update(from source: Span<Element>) {
        precondition(source.count <= count)
        unsafe withUnsafeMutableBufferPointer { target in
            unsafe source.withUnsafeBufferPointer { source in
                guard let start = source.baseAddress else { return }
                unsafe target.baseAddress!.update(from: start, count: source.count)
            }
        }
    }
}
