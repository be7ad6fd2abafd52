internal import EmbCodecs

/// What a call borrows, in a form that can be shown to the threads that share it: they are done before the call is, which the
/// compiler cannot see. Of the output each is shown rows of its own.
@safe struct SharedCall<Output: BitwiseCopyable>: @unchecked Sendable {
    @safe private enum Bags {
        case offsets32(UnsafeBufferPointer<Int32>)
        case offsets64(UnsafeBufferPointer<Int64>)
        case lengths32(UnsafeBufferPointer<Int32>)
        case lengths64(UnsafeBufferPointer<Int64>)
    }

    private let ids: SharedIDs
    private let bags: Bags?
    private let weights: UnsafeBufferPointer<Float>?
    private let samples: Int
    private let out: UnsafeMutableBufferPointer<Output>

    /// Not to be used after the call that owns `request` and `out`.
    @unsafe init(_ request: BatchRequest, _ out: inout MutableSpan<Output>) {
        unsafe ids = SharedIDs(request.ids)
        samples = request.samples
        if let all = request.weights {
            unsafe weights = all.withUnsafeBufferPointer { unsafe $0 }
        } else {
            unsafe weights = nil
        }
        if let all = request.bags { bags = Self.bags(all) } else { bags = nil }
        unsafe self.out = out.withUnsafeMutableBufferPointer { unsafe $0 }
    }

    private static func bags(_ bags: BagLayout) -> Bags {
        switch bags {
        case .offsets32(let offsets): unsafe .offsets32(offsets.withUnsafeBufferPointer { unsafe $0 })
        case .offsets64(let offsets): unsafe .offsets64(offsets.withUnsafeBufferPointer { unsafe $0 })
        case .lengths32(let lengths): unsafe .lengths32(lengths.withUnsafeBufferPointer { unsafe $0 })
        case .lengths64(let lengths): unsafe .lengths64(lengths.withUnsafeBufferPointer { unsafe $0 })
        }
    }

    var request: BatchRequest {
        @_lifetime(borrow self) get {
            guard let bags else { return BatchRequest(ids.ids, samples: samples) }
            let weights: Span<Float>? =
                if let all = unsafe weights {
                    unsafe _overrideLifetime(Span(_unsafeElements: all), borrowing: self)
                } else { nil }
            return BatchRequest(ids.ids, layout(bags), weights, samples: samples)
        }
    }

    @_lifetime(borrow self)
    private func layout(_ bags: Bags) -> BagLayout {
        switch bags {
        case .offsets32(let all): unsafe .offsets32(_overrideLifetime(Span(_unsafeElements: all), borrowing: self))
        case .offsets64(let all): unsafe .offsets64(_overrideLifetime(Span(_unsafeElements: all), borrowing: self))
        case .lengths32(let all): unsafe .lengths32(_overrideLifetime(Span(_unsafeElements: all), borrowing: self))
        case .lengths64(let all): unsafe .lengths64(_overrideLifetime(Span(_unsafeElements: all), borrowing: self))
        }
    }

    /// Numbers `range` of the output. No two threads may ask for the same.
    @unsafe @_lifetime(borrow self)
    func output(_ range: Range<Int>) -> MutableSpan<Output> {
        unsafe precondition(range.upperBound <= out.count)
        return unsafe _overrideLifetime(
            MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(rebasing: out[range])), borrowing: self)
    }
}
