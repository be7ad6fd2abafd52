public import EmbCodecs
internal import EmbFormat
internal import EmbKernels

extension FeatureBatch {
    /// One embedding per feature and sample: what a `gather` per feature gives, to the bit.
    ///
    /// - Parameters:
    ///   - ids: features.count x samples: those of the first feature, sample after sample, then those of the next.
    ///   - part: These samples only, for callers that share a call between threads of their own; all by default.
    ///   - out: part.count x dim numbers: a row per sample of the part. What it holds after a throw is unspecified.
    /// - Throws: `LookupError` naming the table; positions of ids count from the start of the call's. Of several missing ids
    ///   the first of the part is named.
    /// - Complexity: O(ids x dims). Allocates nothing, see `FeatureBatch`.
    public func gather(
        _ ids: IDs, samples: Int, part: Range<Int>? = nil, into out: inout MutableSpan<Float>
    ) throws(LookupError) {
        guard let part = try checkGather(ids, samples, part, outCount: out.count) else { return }
        try share(BatchRequest(ids, samples: samples), part, into: &out)
    }

    /// The same, rounded to `Float16` or `BFloat16` at the end.
    public func gather<Output: RoundedOutput>(
        _ ids: IDs, samples: Int, part: Range<Int>? = nil, into out: inout MutableSpan<Output>
    ) throws(LookupError) {
        guard let part = try checkGather(ids, samples, part, outCount: out.count) else { return }
        try share(BatchRequest(ids, samples: samples), part, into: &out)
    }

    /// The samples to look up, checked with the rest of the call; nil if there are no features.
    private func checkGather(
        _ ids: IDs, _ samples: Int, _ part: Range<Int>?, outCount: Int
    ) throws(LookupError) -> Range<Int>? {
        guard !features.isEmpty else { return nil }
        let part = part ?? 0..<max(samples, 0)
        try check(features[0].table, "ids", ids.count, features.count, samples)
        try check(ids, samples: samples, part, outCount: outCount)
        return part
    }
}
