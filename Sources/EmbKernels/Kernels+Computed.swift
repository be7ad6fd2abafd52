internal import CEmbKernels

/// Rows that are not read as they lie: generated ones, and sparse ones.
extension Kernels {
    /// The first numbers of row `row` of `generated(uniform)` (Formats/codecs/generated.md).
    public func generateUniform(row: UInt32, salt: UInt64, into out: inout MutableSpan<Float>) {
        unsafe out.withUnsafeMutableBufferPointer { out in
            unsafe table.pointee.generate_uniform(UInt64(row), salt, out.baseAddress, out.count)
        }
    }

    /// The first numbers of row `row` of `generated(uniform, buckets=…)`.
    ///
    /// - Parameter coefficients: Slope, bias and prime of each number, at least, as the file holds them.
    public func generateLearned(row: UInt32, coefficients: RawSpan, buckets: UInt32, into out: inout MutableSpan<Float>)
    {
        precondition(coefficients.byteCount / 24 >= out.count)
        unsafe coefficients.withUnsafeBytes { coefficients in
            unsafe out.withUnsafeMutableBufferPointer { out in
                unsafe table.pointee.generate_learned(
                    UInt64(row), coefficients.baseAddress?.assumingMemoryBound(to: UInt8.self), buckets,
                    out.baseAddress,
                    out.count)
            }
        }
    }

    /// The first numbers of row `row` of `generated(gaussian)`, each normal number times `scale`.
    public func generateNormal(row: UInt32, salt: UInt64, scale: Double, into out: inout MutableSpan<Float>) {
        unsafe out.withUnsafeMutableBufferPointer { out in
            unsafe table.pointee.generate_normal(UInt64(row), salt, scale, out.baseAddress, out.count)
        }
    }

    /// The first `out.count` numbers of a sparse row (Formats/codecs/sparse.md).
    ///
    /// - Parameters:
    ///   - bitmap: A bit for each number, at least.
    ///   - values: A value for each set bit of those, at least: binary16 if `scale` is nil, else codes to multiply with it.
    public func expand(_ bitmap: RawSpan, values: RawSpan, scale: Float?, into out: inout MutableSpan<Float>) {
        precondition(bitmap.byteCount * 8 >= out.count)
        precondition(values.byteCount >= setBits(bitmap, first: out.count) * (scale == nil ? 2 : 1))
        unsafe bitmap.withUnsafeBytes { bitmap in
            unsafe values.withUnsafeBytes { values in
                unsafe out.withUnsafeMutableBufferPointer { out in
                    unsafe table.pointee.expand(
                        bitmap.baseAddress?.assumingMemoryBound(to: UInt8.self),
                        values.baseAddress?.assumingMemoryBound(to: UInt8.self), scale == nil ? EMB_F16 : EMB_INT8,
                        scale ?? 1, out.baseAddress, out.count)
                }
            }
        }
    }

    /// How many of the first `count` bits are set.
    public func setBits(_ bitmap: RawSpan, first count: Int) -> Int {
        precondition(bitmap.byteCount * 8 >= count)
        return unsafe bitmap.withUnsafeBytes { bytes in
            var total = 0
            for byte in 0..<count / 8 { total += unsafe bytes[byte].nonzeroBitCount }
            if count % 8 > 0 { total += unsafe (bytes[count / 8] & (1 << (count % 8) - 1)).nonzeroBitCount }
            return total
        }
    }
}
