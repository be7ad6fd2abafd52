public import EmbCodecs
internal import EmbKernels

extension FeatureBatch {
    /// Pools every feature's bags of every sample (Formats/lookup.md, "Many features").
    ///
    /// - Parameters:
    ///   - ids: Those of the first feature, sample after sample, then those of the next, as `bags` divides them.
    ///   - bags: features.count x samples of them: bag f·samples + s is feature f of sample s.
    ///   - weights: A factor per id, or nil for all 1.
    ///   - part: These samples only, for callers that share a call between threads of their own; all by default.
    ///   - out: part.count x dim numbers: a row per sample of the part. What it holds after a throw is unspecified.
    /// - Throws: `LookupError` naming the table; positions of ids and offsets count from the start of the call's. Of several
    ///   missing ids the first of the part is named.
    /// - Complexity: O(ids x dims), and O(bags) even of a part. Allocates nothing, see `FeatureBatch`.
    public func pool(
        _ ids: IDs, _ bags: BagLayout, weights: Span<Float>? = nil, samples: Int, part: Range<Int>? = nil,
        into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        guard let part = try checkPool(ids, bags, weights, samples, part, outCount: out.count) else { return }
        try share(BatchRequest(ids, bags, weights, samples: samples), part, into: &out)
    }

    /// The same, rounded to `Float16` or `BFloat16` at the end.
    public func pool<Output: RoundedOutput>(
        _ ids: IDs, _ bags: BagLayout, weights: Span<Float>? = nil, samples: Int, part: Range<Int>? = nil,
        into out: inout MutableSpan<Output>
    ) throws(LookupError) {
        guard let part = try checkPool(ids, bags, weights, samples, part, outCount: out.count) else { return }
        try share(BatchRequest(ids, bags, weights, samples: samples), part, into: &out)
    }

    /// The samples to look up, checked with the rest of the call; nil if there are no features.
    private func checkPool(
        _ ids: IDs, _ bags: BagLayout, _ weights: Span<Float>?, _ samples: Int, _ part: Range<Int>?, outCount: Int
    ) throws(LookupError) -> Range<Int>? {
        guard !features.isEmpty else { return nil }
        let (part, first) = (part ?? 0..<max(samples, 0), features[0].table)
        try bags.check(table: first.name, idCount: ids.count)
        try check(first, "bags", bags.count, features.count, samples)
        if let weights, weights.count != ids.count {
            throw .wrongCount(table: first.name, of: "weights", found: weights.count, expected: ids.count)
        }
        try check(ids, samples: samples, part, outCount: outCount)
        return part
    }
}
