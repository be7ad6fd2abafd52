/// Where segments stand in a file (Formats/container.md, "Segment entry").
public enum SegmentLayout {
    /// Exponents of the two alignments that the writer uses, and the size from which a raw segment is large.
    public static let smallAlignment: UInt8 = 6
    public static let largeAlignment: UInt8 = 21
    public static let largeBytes: UInt64 = 2 << 20
    public static let catalogAlignment: UInt8 = 6

    /// `offset` rounded up to a multiple of 2^alignment, or nil if that wraps.
    public static func aligned(_ offset: UInt64, to alignment: UInt8) -> UInt64? {
        let mask = (UInt64(1) << UInt64(alignment)) - 1
        let (sum, overflow) = offset.addingReportingOverflow(mask)
        return overflow ? nil : sum & ~mask
    }

    /// Checks that segments follow each other without holes or overlaps, and the catalog follows them.
    static func check(_ segments: [SegmentEntry], catalogOffset: UInt64) throws(FormatError) {
        var end = UInt64(Superblock.byteCount)
        for (number, segment) in segments.enumerated() {
            guard (smallAlignment...largeAlignment).contains(segment.alignment) else {
                throw FormatError(
                    .segmentLayout, "segment \(number) alignment", found: "\(segment.alignment)",
                    expected: "\(smallAlignment) to \(largeAlignment)")
            }
            try check(segment.offset, follows: end, segment.alignment, "segment \(number) offset")
            let (next, overflow) = segment.offset.addingReportingOverflow(segment.storedBytes)
            guard !overflow, next <= catalogOffset else {
                throw FormatError(
                    .segmentLayout, "end of segment \(number)", found: "\(segment.offset) + \(segment.storedBytes)",
                    expected: "at most catalogOffset, \(catalogOffset)")
            }
            end = next
        }
        try check(catalogOffset, follows: end, catalogAlignment, "catalogOffset")
    }

    private static func check(
        _ offset: UInt64, follows end: UInt64, _ alignment: UInt8, _ field: String
    ) throws(FormatError) {
        guard let expected = aligned(end, to: alignment), expected == offset else {
            throw FormatError(
                .segmentLayout, field, found: "\(offset)", expected: "\(end) rounded up to 2^\(alignment)")
        }
    }
}
