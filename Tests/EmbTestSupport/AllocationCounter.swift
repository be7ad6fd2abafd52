internal import CAllocationCounter

/// Counts heap allocations, to pin them: the promise "allocates nothing" is tested, not believed.
public enum AllocationCounter {
    /// How many heap allocations the calling thread makes during `body`; `nil` where they cannot be counted (under a
    /// sanitizer). Reallocations count, what other threads do does not.
    ///
    /// `body` runs twice and the second run counts, so that what is set up on first use (lazy globals, metadata) does
    /// not. Keep it to the calls that are meant: in debug builds, a `for` over an array allocates at each step.
    public static func allocations<Failure: Error>(during body: () throws(Failure) -> Void) throws(Failure) -> Int? {
        try body()
        let before = emb_allocation_count()
        try body()
        let after = emb_allocation_count()
        return after < 0 ? nil : after - before
    }
}
