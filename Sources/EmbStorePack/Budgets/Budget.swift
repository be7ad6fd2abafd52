internal import EmbFormat

/// What a budget of bytes buys of an indexer's rows: the memory formulas of the methods, every byte counted.
public struct Budget: Sendable {
    public let idCount: UInt64
    /// Numbers in an embedding.
    public let dim: Int
    /// Bytes of all columns together.
    public let bytes: UInt64

    public init(idCount: UInt64, dim: Int, bytes: UInt64) {
        self.idCount = idCount
        self.dim = dim
        self.bytes = bytes
    }

    /// Rows of `rowBytes` that are shared by hashing, beside `perID` bytes for each id (weights, a row map).
    public func hashedRows(rowBytes: UInt64, perID: UInt64 = 0) throws(PackError) -> UInt64 {
        let floor = idCount * perID + rowBytes
        guard bytes >= floor else { throw infeasible("one row and \(perID) bytes for each id", floor) }
        return min((bytes - idCount * perID) / rowBytes, FormatLimits.rows)
    }

    /// Shared rows in each of `tables` sub-tables of a unified table, beside `owned` rows.
    public func unifiedRows(rowBytes: UInt64, tables: UInt64 = 1, owned: UInt64 = 0) throws(PackError) -> UInt64 {
        let floor = (owned + tables) * rowBytes
        guard bytes >= floor else { throw infeasible("one row in each sub-table and the owned ones", floor) }
        return min((bytes - owned * rowBytes) / (tables * rowBytes), FormatLimits.rows / tables)
    }

    /// The least divisor of a qr table that fits: the largest table of quotients.
    public func divisor(rowBytes: UInt64) throws(PackError) -> UInt64 {
        let rows = bytes / rowBytes
        func rowCount(_ divisor: UInt64) -> UInt64 { (idCount + divisor - 1) / divisor + divisor }
        // Rows fall up to the root of the count, then rise.
        var root = UInt64(Double(idCount).squareRoot())
        while root * root < idCount { root += 1 }
        root = max(root, 1)
        let least = [max(root, 2) - 1, root].min { rowCount($0) < rowCount($1) }!
        guard rowCount(least) <= rows else {
            throw infeasible("\(rowCount(least)) rows at divisor \(least)", rowCount(least) * rowBytes)
        }
        var (low, high) = (UInt64(1), least)
        while low < high {
            let middle = (low + high) / 2
            if rowCount(middle) <= rows { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Numbers in the array of a robe table, whose rows are windows of `block` numbers.
    public func arraySize(numberBytes: UInt64, block: UInt64, trained: Bool = false) throws(PackError) -> UInt64 {
        let repeated = (block - 1) * (trained ? 3 : 1)
        let floor = (block + repeated) * numberBytes
        guard bytes >= floor else { throw infeasible("one block and what is repeated", floor) }
        return min(bytes / numberBytes - repeated, 1 << 31)
    }

    /// The largest rank of a tensor train with these slices and dims.
    public func rank(rows: [UInt64], dims: [UInt64], numberBytes: UInt64) throws(PackError) -> UInt64 {
        func numbers(_ rank: UInt64) -> UInt64 {
            rows.indices.reduce(0) { sum, k in
                sum + rank * rows[k] * dims[k] * (k == 0 || k == rows.count - 1 ? 1 : rank)
            }
        }
        let wanted = bytes / numberBytes
        guard numbers(1) <= wanted else { throw infeasible("rank 1", numbers(1) * numberBytes) }
        var rank: UInt64 = 1
        while rank < 4096, numbers(rank + 1) <= wanted { rank += 1 }
        return rank
    }

    private func infeasible(_ what: String, _ floor: UInt64) -> PackError {
        .plan(
            source: "\(idCount) ids of \(dim) numbers", field: "budget", found: "\(bytes) bytes",
            expected: "at least \(floor), for \(what)")
    }
}
