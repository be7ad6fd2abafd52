/// An index in the form that `faiss.read_index` reads: what stands before the rows' codes, and after them. Little endian,
/// without padding.
struct FaissFile {
    /// How rows are stored, by the name of the index.
    enum Storage: Equatable {
        /// `IndexFlat`: floats.
        case flat
        /// `IndexScalarQuantizer`: 16-bit floats.
        case f16, bf16
        /// `IndexPQ`: M codebooks of 2^bits codewords, one after the other.
        case pq(books: Int, bits: Int, codewords: [Float])
    }

    /// What faiss applies to queries first: y = matrix * x + constant, `outputs` rows of `inputs` numbers.
    struct Map: Equatable {
        let inputs: Int
        let outputs: Int
        let matrix: [Float]
        let constant: [Float]
    }

    let dim: Int
    let rowCount: UInt64
    /// Whether the largest inner product is the best; else the smallest squared distance.
    let isInnerProduct: Bool
    let storage: Storage
    var map: Map?
    /// An id per row, for `IndexIDMap`; else ids are row numbers.
    var ids: [UInt64]?

    private var storedDim: Int { map?.outputs ?? dim }

    /// Bytes of a row's codes.
    var rowBytes: Int {
        switch storage {
        case .flat: 4 * storedDim
        case .f16, .bf16: 2 * storedDim
        case .pq(let books, let bits, _): (books * bits + 7) / 8
        }
    }

    /// The name of the index, from the outside to the inside.
    var name: String {
        let inner =
            switch storage {
            case .flat: "IndexFlat"
            case .f16: "IndexScalarQuantizer(fp16)"
            case .bf16: "IndexScalarQuantizer(bf16)"
            case .pq(let books, let bits, _): "IndexPQ(\(books)x\(bits))"
            }
        return (ids == nil ? "" : "IndexIDMap, ") + (map == nil ? "" : "IndexPreTransform, ") + inner
    }

    var head: [UInt8] {
        var bytes = FaissBytes()
        if ids != nil { header("IxMp", dim, &bytes) }
        if let map {
            header("IxPT", dim, &bytes)
            bytes.add(Int32(1))
            bytes.add("LTra")
            bytes.add(UInt8(1))
            bytes.add(map.matrix)
            bytes.add(map.constant)
            bytes.add(Int32(map.inputs))
            bytes.add(Int32(map.outputs))
            bytes.add(UInt8(1))
        }
        inner(&bytes)
        return bytes.all
    }

    private func inner(_ bytes: inout FaissBytes) {
        let codeBytes = rowCount * UInt64(rowBytes)
        switch storage {
        case .flat:
            header(isInnerProduct ? "IxFI" : "IxF2", storedDim, &bytes)
            bytes.add(codeBytes / 4)
        case .f16, .bf16:
            header("IxSQ", storedDim, &bytes)
            bytes.add(Int32(storage == .f16 ? 4 : 7))  // QT_fp16, QT_bf16
            bytes.add(Int32(0))
            bytes.add(Float(0))
            bytes.add(UInt64(storedDim))
            bytes.add(UInt64(rowBytes))
            bytes.add([] as [Float])
            bytes.add(codeBytes)
        case .pq(let books, let bits, let codewords):
            header("IxPq", storedDim, &bytes)
            bytes.add(UInt64(storedDim))
            bytes.add(UInt64(books))
            bytes.add(UInt64(bits))
            bytes.add(codewords)
            bytes.add(codeBytes)
        }
    }

    var tail: [UInt8] {
        var bytes = FaissBytes()
        if case .pq = storage {  // plain search, no polysemous codes
            bytes.add(Int32(0))
            bytes.add(UInt8(0))
            bytes.add(Int32(0))
        }
        if let ids {
            bytes.add(UInt64(ids.count))
            for id in ids { bytes.add(id) }
        }
        return bytes.all
    }

    /// What every index begins with.
    private func header(_ code: String, _ dim: Int, _ bytes: inout FaissBytes) {
        bytes.add(code)
        bytes.add(Int32(dim))
        bytes.add(rowCount)
        bytes.add(UInt64(1 << 20))
        bytes.add(UInt64(1 << 20))
        bytes.add(UInt8(1))  // is trained
        bytes.add(Int32(isInnerProduct ? 0 : 1))
    }
}

/// Bytes as faiss writes them: a vector is its count, then its elements.
private struct FaissBytes {
    private(set) var all: [UInt8] = []

    mutating func add(_ number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            all.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    mutating func add(_ number: Float) { add(number.bitPattern) }
    mutating func add(_ code: String) { all += Array(code.utf8) }

    mutating func add(_ numbers: [Float]) {
        add(UInt64(numbers.count))
        for number in numbers { add(number) }
    }
}
