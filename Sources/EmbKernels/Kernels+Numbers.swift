internal import CEmbKernels

extension Kernels {
    /// Writes each id as a row index, `RowList.zeroRow` if it is not in `0 ..< rowCount`. Returns how many were not.
    public func narrow(_ ids: Span<Int32>, rowCount: UInt64, into rows: inout MutableSpan<UInt32>) -> Int {
        precondition(rows.count >= ids.count && rowCount <= UInt64(UInt32.max))
        return unsafe ids.withUnsafeBufferPointer { ids in
            unsafe rows.withUnsafeMutableBufferPointer { rows in
                unsafe table.pointee.narrow_i32(ids.baseAddress, ids.count, rowCount, rows.baseAddress)
            }
        }
    }

    public func narrow(_ ids: Span<Int64>, rowCount: UInt64, into rows: inout MutableSpan<UInt32>) -> Int {
        precondition(rows.count >= ids.count && rowCount <= UInt64(UInt32.max))
        return unsafe ids.withUnsafeBufferPointer { ids in
            unsafe rows.withUnsafeMutableBufferPointer { rows in
                unsafe table.pointee.narrow_i64(ids.baseAddress, ids.count, rowCount, rows.baseAddress)
            }
        }
    }

    public func narrow(_ ids: Span<UInt64>, rowCount: UInt64, into rows: inout MutableSpan<UInt32>) -> Int {
        precondition(rows.count >= ids.count && rowCount <= UInt64(UInt32.max))
        return unsafe ids.withUnsafeBufferPointer { ids in
            unsafe rows.withUnsafeMutableBufferPointer { rows in
                unsafe table.pointee.narrow_u64(ids.baseAddress, ids.count, rowCount, rows.baseAddress)
            }
        }
    }

    /// Asks the processor for the cache lines of `bytes` at `offsets`, which are inside: they will be read soon.
    public func prefetch(_ bytes: RawSpan, at offsets: Span<UInt64>) {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe offsets.withUnsafeBufferPointer { offsets in
                unsafe emb_prefetch_places(
                    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), offsets.baseAddress, offsets.count)
            }
        }
    }

    /// Rounds to binary16, to nearest even. `out` is of any type of two bytes.
    public func roundToF16<Output: BitwiseCopyable>(_ values: Span<Float>, into out: inout MutableSpan<Output>) {
        unsafe round(values, &out, table.pointee.f32_to_f16)
    }

    /// Rounds to bfloat16, to nearest even. `out` is of any type of two bytes.
    public func roundToBF16<Output: BitwiseCopyable>(_ values: Span<Float>, into out: inout MutableSpan<Output>) {
        unsafe round(values, &out, table.pointee.f32_to_bf16)
    }

    private func round<Output: BitwiseCopyable>(
        _ values: Span<Float>, _ out: inout MutableSpan<Output>,
        _ function: @convention(c) (UnsafePointer<Float>?, UnsafeMutablePointer<UInt16>?, Int) -> Void
    ) {
        precondition(MemoryLayout<Output>.stride == 2 && out.count >= values.count)
        unsafe values.withUnsafeBufferPointer { values in
            unsafe out.withUnsafeMutableBytes { out in
                unsafe function(
                    values.baseAddress, out.baseAddress?.assumingMemoryBound(to: UInt16.self), values.count)
            }
        }
    }

    /// x[j] *= factors[j], then the unnormalised Walsh-Hadamard transform (Formats/transforms/rotation.md).
    public func scaleThenHadamard(_ x: inout MutableSpan<Float>, factors: Span<Float>) {
        precondition(x.count == factors.count && x.count.nonzeroBitCount == 1)
        unsafe x.withUnsafeMutableBufferPointer { x in
            unsafe factors.withUnsafeBufferPointer { factors in
                unsafe table.pointee.scale_then_hadamard(x.baseAddress, factors.baseAddress, x.count)
            }
        }
    }

    /// The transform, then x[j] *= factors[j].
    public func hadamardThenScale(_ x: inout MutableSpan<Float>, factors: Span<Float>) {
        precondition(x.count == factors.count && x.count.nonzeroBitCount == 1)
        unsafe x.withUnsafeMutableBufferPointer { x in
            unsafe factors.withUnsafeBufferPointer { factors in
                unsafe table.pointee.hadamard_then_scale(x.baseAddress, factors.baseAddress, x.count)
            }
        }
    }

    /// Sums over two runs of numbers, the same bits at every level.
    public func compare(_ a: Span<Float>, _ b: Span<Float>) -> Comparison {
        precondition(a.count == b.count)
        var sums: InlineArray<4, Double> = [0, 0, 0, 0]
        unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
                var span = sums.mutableSpan
                unsafe span.withUnsafeMutableBufferPointer { sums in
                    unsafe table.pointee.compare(a.baseAddress, b.baseAddress, a.count, sums.baseAddress)
                }
            }
        }
        return Comparison(squaredError: sums[0], squaredA: sums[1], product: sums[2], squaredB: sums[3])
    }

    /// What `compare` sums.
    public struct Comparison: Sendable {
        public let squaredError: Double
        public let squaredA: Double
        public let product: Double
        public let squaredB: Double
    }
}
