internal import CEmbKernels

// Hashes of keys (Formats/hashing.md).
extension Kernels {
    /// Writes the row of each key under probe `number` of `probes`, one after the other.
    public func hash(_ keys: Span<UInt64>, _ probes: HashedProbes, number: Int, into rows: inout MutableSpan<UInt32>) {
        precondition(keys.count <= rows.count)
        let probe = probes.raw[number]
        unsafe keys.withUnsafeBufferPointer { keys in
            unsafe rows.withUnsafeMutableBufferPointer { rows in
                unsafe table.pointee.hash_rows(
                    keys.baseAddress, keys.count, probe.salt, probe.buckets, probe.first, rows.baseAddress)
            }
        }
    }

    /// Writes the rows of `count` keys of each feature under all of `probes`: key i of feature f is `keys[f * stride + i]`, its
    /// rows stand from `rows[i * rowStride]` on, each at its probe's place.
    public func hash(
        _ keys: Span<UInt64>, stride: Int, count: Int, _ probes: HashedProbes, into rows: inout MutableSpan<UInt32>,
        rowStride: Int
    ) {
        guard count > 0, !probes.raw.isEmpty else { return }
        precondition(stride >= 0 && (probes.features - 1) * stride + count <= keys.count)
        precondition(rowStride >= probes.places && (count - 1) * rowStride + probes.places <= rows.count)
        unsafe keys.withUnsafeBufferPointer { keys in
            unsafe rows.withUnsafeMutableBufferPointer { rows in
                unsafe probes.raw.withUnsafeBufferPointer { probes in
                    unsafe table.pointee.hash_probes(
                        keys.baseAddress, stride, count, probes.baseAddress, probes.count, rows.baseAddress, rowStride)
                }
            }
        }
    }
}

extension Span<Int64> {
    /// The same bits, unsigned.
    public var bits: Span<UInt64> { @_lifetime(copy self) get { unsafe Span<UInt64>(_bytes: bytes) } }
}
