internal import EmbFormat
internal import EmbKernels

/// Rows in tiers: a list is split by tier, and each tier's codec works on its share of it.
struct TieredRows: RowReader {
    let dim: Int
    /// One past the last row of each tier.
    private let ends: [UInt32]
    private let parts: [TierPart]
    private let kernels: Kernels = .best

    init(dim: Int, ends: [UInt32], parts: [TierPart]) {
        self.dim = dim
        self.ends = ends
        self.parts = parts
    }

    var byteCount: UInt64 {
        var total: UInt64 = 0
        for t in parts.indices { total += parts[t].rows.byteCount }
        return total
    }

    /// Of the last tier, which most rows are in.
    func rowBytes(dims: Int) -> (touched: Int, stride: Int) {
        let last = parts[parts.count - 1]
        return last.rows.rowBytes(dims: last.transforms.isEmpty ? dims : last.rows.dim)
    }

    func verify() throws(FormatError) {
        for t in parts.indices { try parts[t].rows.verify() }
    }

    func listPages(_ rows: Span<UInt32>, _ pages: inout PageList) {
        for i in rows.indices where rows[i] != RowList.zeroRow {
            var t = 0
            while rows[i] >= ends[t] { t += 1 }
            let row = [rows[i] - (t == 0 ? 0 : ends[t - 1])]
            parts[t].rows.listPages(row.span, &pages)
        }
    }

    func gather(
        _ list: RowList, into out: inout MutableSpan<Float>, outStride: Int, dims: Int, _ workspace: Workspace
    ) throws(FormatError) {
        var rows = workspace.takeRows(list.rows.count)
        var places = workspace.takeRows(list.count)
        var numbers = workspace.takeNumbers(list.count * dims)
        for t in parts.indices {
            let (count, readable) = select(t, list, &rows, &places)
            guard count > 0 else { continue }
            let own = RowList(rows.span.extracting(first: readable), count: count, distance: list.distance)
            var span = numbers.mutableSpan
            try parts[t].gather(own, into: &span, dims: dims, workspace, kernels)
            for i in 0..<count {
                let start = Int(places[i]) * outStride
                var row = out._mutatingExtracting(start..<start + dims)
                row.update(from: numbers.span.extracting(i * dims..<(i + 1) * dims))
            }
        }
        workspace.give(back: numbers)
        workspace.give(back: places)
        workspace.give(back: rows)
    }

    /// The rows of tier `t`, counted from its first; zero rows are tier 0's. Places are those of the rows that count.
    ///
    /// - Returns: How many rows count, and how many there are with those that only may be prefetched.
    private func select(
        _ t: Int, _ list: RowList, _ rows: inout [UInt32], _ places: inout [UInt32]
    ) -> (count: Int, readable: Int) {
        let start = t == 0 ? 0 : ends[t - 1]
        let size = ends[t] - start
        var count = 0
        var readable = 0
        for i in 0..<list.rows.count {
            let row = list.rows[i]
            let isZero = t == 0 && row == RowList.zeroRow
            guard row &- start < size || isZero else { continue }
            rows[readable] = isZero ? row : row &- start
            readable += 1
            guard i < list.count else { continue }
            places[count] = UInt32(i)
            count += 1
        }
        return (count, readable)
    }
}

extension TieredRows {
    func sum(
        _ list: RowList, _ bags: Bags, carry: inout Float, into out: inout MutableSpan<Float>, outStride: Int,
        dims: Int, _ workspace: Workspace
    ) throws(FormatError) {
        // An unfinished bag is alone in its calls: its tiers' sums stay in the workspace, and `carry` says where.
        var open: Int? = bags.resumes ? Int(carry) : nil
        if bags.suspends, open == nil { open = workspace.openSums(parts: parts.count, width: maxWidth(dims)) }
        var rows = workspace.takeRows(list.rows.count)
        var places = workspace.takeRows(list.count)
        var ends = workspace.takeRows(bags.ends.count)
        for b in 0..<(bags.suspends ? 0 : bags.ends.count) {
            for j in 0..<dims { out[b * outStride + j] = 0 }
        }
        for t in parts.indices {
            let (count, readable) = select(t, list, &rows, &places)
            let began = open.map { workspace.hasBegun($0, t) } ?? false
            guard count > 0 || (began && !bags.suspends) else { continue }
            Self.cut(bags, places, count, into: &ends)
            var weights = workspace.takeNumbers(list.weights == nil ? 0 : count)
            if let all = list.weights { for i in 0..<count { weights[i] = all[Int(places[i])] } }
            let ownBags = Bags(
                ends.span.extracting(first: bags.ends.count), resumes: began, suspends: bags.suspends)
            let own = rows.span.extracting(first: readable)
            if list.weights == nil {
                let list = RowList(own, count: count, distance: list.distance)
                try add(t, list, ownBags, open, into: &out, outStride: outStride, dims: dims, workspace)
            } else {
                let list = RowList(own, count: count, distance: list.distance, weights: weights.span)
                try add(t, list, ownBags, open, into: &out, outStride: outStride, dims: dims, workspace)
            }
            workspace.give(back: weights)
        }
        workspace.give(back: ends)
        workspace.give(back: places)
        workspace.give(back: rows)
        if let open, bags.suspends { carry = Float(open) }
        guard !bags.suspends else { return }
        if let open { workspace.closeSums(open) }
        divide(bags, &out, outStride, dims)
    }

    /// Sums the rows of one tier and adds them to the output, or to what is open.
    private func add(
        _ t: Int, _ list: RowList, _ bags: Bags, _ open: Int?, into out: inout MutableSpan<Float>, outStride: Int,
        dims: Int, _ workspace: Workspace
    ) throws(FormatError) {
        let width = parts[t].sumWidth(dims: dims)
        let count = bags.ends.count
        var sums = workspace.takeNumbers(count * Swift.max(width, dims))
        var carry: Float = 0
        if let open, bags.resumes { carry = workspace.resume(open, t, width, &sums) }
        var span = sums.mutableSpan
        try parts[t].sum(list, bags, carry: &carry, into: &span, dims: dims, workspace, kernels)
        if let open, bags.suspends {
            workspace.suspend(open, t, width, sums, carry)
        } else {
            var finished = workspace.takeNumbers(count * dims)
            var whole = finished.mutableSpan
            parts[t].finish(&sums, count: count, into: &whole, dims: dims, workspace, kernels)
            for b in 0..<count { for j in 0..<dims { out[b * outStride + j] += finished[b * dims + j] } }
            workspace.give(back: finished)
        }
        workspace.give(back: sums)
    }

    private func maxWidth(_ dims: Int) -> Int {
        var width = dims
        for t in parts.indices { width = Swift.max(width, parts[t].sumWidth(dims: dims)) }
        return width
    }

    /// Ends of the bags in a list that has only the rows at `places`, ascending.
    private static func cut(_ bags: Bags, _ places: [UInt32], _ count: Int, into ends: inout [UInt32]) {
        var position = 0
        for b in 0..<bags.ends.count {
            while position < count, places[position] < bags.ends[b] { position += 1 }
            ends[b] = UInt32(position)
        }
    }

    private func divide(_ bags: Bags, _ out: inout MutableSpan<Float>, _ outStride: Int, _ dims: Int) {
        guard let divisors = bags.divisors else { return }
        for b in 0..<bags.ends.count {
            let start = b == 0 ? 0 : bags.ends[b - 1]
            guard bags.ends[b] > start || (b == 0 && bags.resumes) else { continue }
            for j in 0..<dims {
                let sum = out[b * outStride + j]
                out[b * outStride + j] = divisors[b] == 0 ? 0 : sum / divisors[b]
            }
        }
    }

    /// Maxima are taken of decoded rows, in the order of the bag.
    func max(
        _ list: RowList, _ bags: Bags, into out: inout MutableSpan<Float>, outStride: Int, dims: Int,
        _ workspace: Workspace
    ) throws(FormatError) {
        var decoded = workspace.takeNumbers(list.count * dims + StoredRows.slack / MemoryLayout<Float>.size)
        var order = workspace.takeRows(list.count)
        var span = decoded.mutableSpan
        try gather(list, into: &span, outStride: dims, dims: dims, workspace)
        for i in 0..<list.count { order[i] = list.rows[i] == RowList.zeroRow ? RowList.zeroRow : UInt32(i) }
        let rows = unsafe StoredRows(
            decoded.span.bytes, rowCount: list.count, stride: dims * MemoryLayout<Float>.size, dim: dims,
            format: RowFormat(.f32))
        kernels.max(
            rows, RowList(order.span.extracting(first: list.count), count: list.count, weights: list.weights), bags,
            into: &out,
            outStride: outStride, dims: dims)
        workspace.give(back: decoded)
        workspace.give(back: order)
    }
}
