/// What has been counted of a bag over several tiles.
struct BagSums {
    /// Of its weights, for a weighted mean.
    var weights: Float = 0
    /// Ids that are no zero rows, and the sum of their weights.
    var present = 0
    var presentWeights: Float = 0
}

extension Lookup {
    /// How often constants go into the bags of a tile: as often as their weights add up to, zero rows left out.
    func countConstants(_ tile: BagTile, _ mode: PoolMode, _ samples: Span<Float>?, _ sums: inout BagSums) {
        var begin = 0
        for b in 0..<tile.bags {
            if b > 0 { sums = BagSums() }
            let end = Int(workspace.ends[b])
            for i in begin..<end where !isZero(i) {
                sums.present += 1
                if let samples { sums.presentWeights += samples[i] }
            }
            let count = samples == nil ? Float(sums.present) : sums.presentWeights
            let divisor = workspace.divisors[b]
            workspace.constants[b] = mode == .mean ? (divisor == 0 ? 0 : count / divisor) : count
            begin = end
        }
    }
}
