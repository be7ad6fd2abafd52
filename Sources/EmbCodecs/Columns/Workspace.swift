internal import EmbFormat
internal import EmbKernels

/// Scratch memory of one lookup at a time. Grows to what its table needs and keeps it.
public final class Workspace {
    /// Copies of rows, when they cannot be read in place.
    var staging: [UInt8] = []
    /// Row indices into `staging`.
    var stagedRows: [UInt32] = []
    /// Indices of rows to score, and their numbers before and after a transform. Taken out while in use.
    var scoredRows: [UInt32] = []
    var decoded: [Float] = []
    var transformed: [Float] = []

    /// Memory lent to codecs that work through others: the last that came back is the next that goes out.
    private var numbers: [[Float]] = []
    private var rows: [[UInt32]] = []
    /// Sums of bags that go on in a later call.
    private var sums: [OpenSums] = []

    public init() {}

    /// Forgets bags that a call before this one left open when it failed.
    public func reset() {
        for i in sums.indices { sums[i].isFree = true }
    }

    /// At least `count` numbers, whatever they are, until they are given back.
    func takeNumbers(_ count: Int) -> [Float] {
        let memory = numbers.popLast() ?? []
        return memory.count >= count ? memory : [Float](repeating: 0, count: count)
    }

    /// At least `count` row indices.
    func takeRows(_ count: Int) -> [UInt32] {
        let memory = rows.popLast() ?? []
        return memory.count >= count ? memory : [UInt32](repeating: 0, count: count)
    }

    /// Copies of the rows of `list`, in order and `rowBytes` apart, with their indices among the copies; a zero row stays one. The
    /// result shares this object's memory.
    ///
    /// - Parameters:
    ///   - step: How many rows to bring at a time.
    ///   - bring: Called with rows that are copied next.
    ///   - copy: Writes a row into the copies at a place.
    func stage(
        _ list: RowList, rowBytes: Int, step: Int, bring: (Span<UInt32>) -> Void,
        _ copy: (_ row: UInt32, _ copies: inout [UInt8], _ place: Int) throws(FormatError) -> Void
    ) throws(FormatError) -> (bytes: [UInt8], rows: [UInt32]) {
        let needed = list.count * rowBytes + StoredRows.slack
        if staging.count < needed { staging = [UInt8](repeating: 0, count: needed) }
        if stagedRows.count < list.count { stagedRows = [UInt32](repeating: 0, count: list.count) }
        for i in 0..<list.count {
            if i % step == 0 { bring(list.rows.extracting(i..<i + min(step, list.count - i))) }
            let row = list.rows[i]
            stagedRows[i] = row == RowList.zeroRow ? row : UInt32(i)
            if row != RowList.zeroRow { try copy(row, &staging, i * rowBytes) }
        }
        return (staging, stagedRows)
    }

    func give(back memory: [Float]) { numbers.append(memory) }
    func give(back memory: [UInt32]) { rows.append(memory) }
}

/// The sums of a bag's parts from one call to the next.
private struct OpenSums {
    var isFree = true
    var width = 0
    /// By part: whether any row has been added, the sum of the bias, the numbers.
    var begun: [Bool] = []
    var carries: [Float] = []
    var numbers: [Float] = []
}

/// A codec of several parts keeps a row of sums for each while a bag is open, and hands the number of that place on as the
/// bag's carry.
extension Workspace {
    /// A place for the sums of `parts` parts, of up to `width` numbers each.
    func openSums(parts: Int, width: Int) -> Int {
        var place = 0
        while place < sums.count, !sums[place].isFree { place += 1 }
        if place == sums.count { sums.append(OpenSums()) }
        sums[place].isFree = false
        sums[place].width = width
        if sums[place].begun.count < parts {
            sums[place].begun = [Bool](repeating: false, count: parts)
            sums[place].carries = [Float](repeating: 0, count: parts)
        }
        for part in 0..<parts { sums[place].begun[part] = false }
        if sums[place].numbers.count < parts * width {
            sums[place].numbers = [Float](repeating: 0, count: parts * width)
        }
        return place
    }

    func closeSums(_ place: Int) { sums[place].isFree = true }

    func hasBegun(_ place: Int, _ part: Int) -> Bool { sums[place].begun[part] }

    func suspend(_ place: Int, _ part: Int, _ count: Int, _ numbers: [Float], _ carry: Float) {
        sums[place].begun[part] = true
        sums[place].carries[part] = carry
        let start = part * sums[place].width
        for j in 0..<count { sums[place].numbers[start + j] = numbers[j] }
    }

    /// Returns the carry.
    func resume(_ place: Int, _ part: Int, _ count: Int, _ numbers: inout [Float]) -> Float {
        let start = part * sums[place].width
        for j in 0..<count { numbers[j] = sums[place].numbers[start + j] }
        return sums[place].carries[part]
    }
}
