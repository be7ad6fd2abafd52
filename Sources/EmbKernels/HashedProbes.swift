internal import CEmbKernels

/// Hashes that make rows of keys: those of one index, or of several features whose keys follow each other. Immutable.
public struct HashedProbes: Sendable {
    let raw: [emb_probe]
    /// Runs of keys, and rows per key, counted up to the last that is used.
    let features: Int
    let places: Int

    /// The probes of one index, side by side.
    ///
    /// - Parameter probes: The salt of each, and the row of bucket 0; first + buckets is at most UInt32.max.
    public init(_ probes: [(salt: UInt64, first: UInt32)], buckets: UInt32) {
        raw = probes.enumerated().map { place, probe in
            precondition(!probe.first.addingReportingOverflow(buckets).overflow)
            return emb_probe(
                salt: probe.salt, buckets: buckets, first: probe.first, feature: 0, place: UInt32(place))
        }
        (features, places) = (raw.isEmpty ? 0 : 1, raw.count)
    }

    /// Those of several features, the rows of one behind those of the other.
    ///
    /// - Parameter list: How many rows each feature has for a key, and its probes; nil if others find its rows.
    public init(joining list: [(rows: Int, probes: HashedProbes?)]) {
        var (raw, features, places, place): ([emb_probe], Int, Int, UInt32) = ([], 0, 0, 0)
        for (number, feature) in list.enumerated() {
            precondition(feature.rows >= feature.probes?.places ?? 0)
            for probe in feature.probes?.raw ?? [] {
                var own = probe
                (own.feature, own.place) = (UInt32(number), place + probe.place)
                raw.append(own)
                (features, places) = (number + 1, Int(own.place) + 1)
            }
            place += UInt32(feature.rows)
        }
        (self.raw, self.features, self.places) = (raw, features, places)
    }
}
