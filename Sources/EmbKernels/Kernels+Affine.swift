internal import CEmbKernels

extension Kernels {
    /// Rows through an affine map (Formats/affine.md), contiguous in and out.
    ///
    /// - Parameters:
    ///   - matrix: inputs * outputs numbers, a row per input.
    ///   - constant: `outputs` numbers, or none for zeros.
    ///   - factors: How often the constant goes into each row; nil for once.
    public func affine(
        _ input: Span<Float>, matrix: Span<Float>, constant: Span<Float>, factors: Span<Float>?, inputs: Int,
        outputs: Int,
        into out: inout MutableSpan<Float>
    ) {
        let count = input.count / inputs
        precondition(input.count == count * inputs && out.count >= count * outputs)
        precondition(matrix.count == inputs * outputs && (constant.isEmpty || constant.count == outputs))
        if let factors { precondition(factors.count >= count) }
        guard count > 0 else { return }
        unsafe input.withUnsafeBufferPointer { input in
            unsafe matrix.withUnsafeBufferPointer { matrix in
                unsafe constant.withUnsafeBufferPointer { constant in
                    unsafe withOptional(factors) { factors in
                        unsafe out.withUnsafeMutableBufferPointer { out in
                            unsafe table.pointee.coded.affine(
                                matrix.baseAddress, constant.isEmpty ? nil : constant.baseAddress, factors,
                                input.baseAddress, count, inputs, outputs, out.baseAddress)
                        }
                    }
                }
            }
        }
    }
}
