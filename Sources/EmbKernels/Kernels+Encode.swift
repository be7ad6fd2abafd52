internal import CEmbKernels

/// Why a row could not be encoded (Formats/codecs, "Packing").
public enum EncodeRefusal: Sendable, Equatable {
    case notFinite, scaleOverflow, scaleUnderflow
}

extension Kernels {
    /// Encodes `values`, rows of `dim` floats, into rows of `stride` bytes.
    ///
    /// - Returns: How many rows were encoded, and why the next one was refused if not all were.
    public func encode(
        _ values: Span<Float>, dim: Int, format: RowFormat, stride: Int, into rows: inout MutableRawSpan
    ) -> (encoded: Int, refusal: EncodeRefusal?) {
        let count = values.count / dim
        precondition(values.count == count * dim && stride >= format.rowBytes(dim: dim))
        precondition(rows.byteCount >= count * stride)
        let function = unsafe kernels(format).encode!
        var refusal = EMB_ENCODED
        let encoded = unsafe values.withUnsafeBufferPointer { values in
            unsafe rows.withUnsafeMutableBytes { rows in
                unsafe function(
                    values.baseAddress, count, dim, format.header.raw, format.block ?? 0,
                    rows.baseAddress?.assumingMemoryBound(to: UInt8.self), stride, &refusal)
            }
        }
        return (encoded, EncodeRefusal(refusal))
    }
}

extension EncodeRefusal {
    init?(_ raw: emb_refusal) {
        switch raw {
        case EMB_NOT_FINITE: self = .notFinite
        case EMB_SCALE_OVERFLOW: self = .scaleOverflow
        case EMB_SCALE_UNDERFLOW: self = .scaleUnderflow
        default: return nil
        }
    }
}
