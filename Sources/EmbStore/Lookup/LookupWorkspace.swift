internal import EmbCodecs
internal import EmbKernels

/// Memory that one lookup works in: a window of addressed rows, and what a codec needs. Grows once, then stays.
final class LookupWorkspace {
    /// Rows worked on in one go, and rows addressed beyond them so that they can be prefetched.
    static let work = 512
    static let ahead = 64
    /// Rows of several features addressed in one go.
    static let batch = 16384
    /// Rows of one feature that are worth doing without a look at the next.
    static let manyRows = 1024

    let codec = Workspace()
    /// The features of a batch.
    let slots = Scratch<BatchSlot>(BatchSlot())
    /// Row index per probe of the ids in the window, and the probes' own weights.
    let rows = Scratch<UInt32>(0, count: work + ahead)
    let probeWeights = Scratch<Float>(1)
    /// What a kernel is given as weights, where it is not the caller's own.
    let weights = Scratch<Float>(1)
    /// One past the last id of each bag, the same in probes, and what a bag's sum is divided by.
    let ends = Scratch<UInt32>(0, count: work)
    let probeEnds = Scratch<UInt32>(0, count: work)
    let divisors = Scratch<Float>(0, count: work)
    /// How often the constants of affine transforms go into each bag.
    let constants = Scratch<Float>(0, count: work)
    /// Rows of one probe among several, or of finished embeddings.
    let order = Scratch<UInt32>(0, count: work)
    /// Open sums of bias, one per column group of a bag over several tiles.
    let carries = Scratch<Float>(0)
    /// What goes into each transform, the outermost first, and a whole embedding of which a prefix is wanted.
    private(set) var inputs: [Scratch<Float>] = []
    let whole = Scratch<Float>(0)
    /// Rows to multiply with; finished embeddings to pool; floats to round.
    let factors = Scratch<Float>(0)
    /// A contracted row, and the steps on the way to it.
    let contracted = Scratch<Float>(0)
    let steps = Scratch<Float>(0)
    let finished = Scratch<Float>(0)
    let unrounded = Scratch<Float>(0)
    /// What a feature with `dims` shows of embeddings.
    let shown = Scratch<Float>(0)
    /// Of a tile of ids with a batch of queries.
    let scores = Scratch<Float>(0)

    func prepare(transforms: Int) {
        codec.reset()
        while inputs.count < transforms { inputs.append(Scratch(0)) }
    }
}
