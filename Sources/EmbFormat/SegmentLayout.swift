/// Where segments stand in a file (Formats/container.md, "Segment entry"). Reading, segments are added in order.
public struct SegmentLayout {
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

    private let catalogOffset: UInt64
    /// Where the segment added last ends.
    private var end = UInt64(Superblock.byteCount)

    init(catalogOffset: UInt64) { self.catalogOffset = catalogOffset }

    /// Checks that the next segment follows those before without a hole or an overlap.
    mutating func add(_ segment: SegmentEntry, number: Int) throws(FormatError) {
        let range = SegmentLayout.smallAlignment...SegmentLayout.largeAlignment
        guard range.contains(segment.alignment) else {
            throw FormatError(
                .segmentLayout, "segment \(number) alignment", found: "\(segment.alignment)",
                expected: "\(range.lowerBound) to \(range.upperBound)")
        }
        try check(segment.offset, segment.alignment, "segment \(number) offset")
        let (next, overflow) = segment.offset.addingReportingOverflow(segment.storedBytes)
        guard !overflow, next <= catalogOffset else {
            throw FormatError(
                .segmentLayout, "end of segment \(number)", found: "\(segment.offset) + \(segment.storedBytes)",
                expected: "at most catalogOffset, \(catalogOffset)")
        }
        end = next
    }

    /// Checks that the catalog follows the last segment.
    func finish() throws(FormatError) {
        try check(catalogOffset, SegmentLayout.catalogAlignment, "catalogOffset")
    }

    private func check(_ offset: UInt64, _ alignment: UInt8, _ field: String) throws(FormatError) {
        guard let expected = SegmentLayout.aligned(end, to: alignment), expected == offset else {
            throw FormatError(
                .segmentLayout, field, found: "\(offset)", expected: "\(end) rounded up to 2^\(alignment)")
        }
    }
}
