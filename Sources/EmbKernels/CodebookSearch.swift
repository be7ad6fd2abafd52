internal import CEmbKernels

/// A codebook arranged for finding the codeword nearest to a value (Formats/codecs/pq.md, "Packing").
public struct CodebookSearch: Sendable {
    public let width: Int
    /// A multiple of 16, at most 256.
    public let codewords: Int
    private let transposed: [Float]
    private let halfNorms: [Float]
    /// What is taken off values and codewords first; empty for nothing.
    private let centre: [Float]

    /// - Parameters:
    ///   - codebook: Codewords of `width` numbers.
    ///   - usable: Codewords from this on are not found.
    ///   - centred: Whether the mean of the codewords is taken off both sides.
    public init(_ codebook: Span<Float>, width: Int, usable: Int = 256, centred: Bool = true) {
        let count = codebook.count / width
        precondition(count * width == codebook.count && count % 16 == 0 && count <= 256 && count > 0)
        self.width = width
        codewords = count
        var centre = [Float](repeating: 0, count: centred ? width : 0)
        if centred {
            for k in 0..<count { for t in 0..<width { centre[t] += codebook[k * width + t] } }
            for t in 0..<width { centre[t] /= Float(count) }
        }
        var transposed = [Float](repeating: 0, count: codebook.count)
        var norms = [Float](repeating: 0, count: count)
        for k in 0..<count {
            for t in 0..<width {
                let c = codebook[k * width + t] - (centred ? centre[t] : 0)
                transposed[t * count + k] = c
                norms[k].addProduct(c, c)
            }
        }
        for k in 0..<count { norms[k] = k < usable ? 0.5 * norms[k] : .infinity }
        self.transposed = transposed
        self.halfNorms = norms
        self.centre = centre
    }
}

extension Kernels {
    /// For each value of `values`, from every `stride`-th number on: the code of the nearest codeword to every
    /// `codeStride`-th byte of `codes`.
    ///
    /// - Parameter least: Half the squared distance less half the squared length of the (centred) value, one per value; or
    ///   empty if nobody wants it.
    public func nearest(
        _ book: CodebookSearch, _ values: Span<Float>, count: Int, stride: Int, codes: inout MutableSpan<UInt8>,
        codeStride: Int, least: inout MutableSpan<Float>
    ) {
        guard count > 0 else { return }
        precondition((count - 1) * stride + book.width <= values.count && stride >= 0)
        precondition((count - 1) * codeStride < codes.count && codeStride >= 0)
        precondition(least.isEmpty || least.count >= count)
        unsafe book.withC { book in
            unsafe values.withUnsafeBufferPointer { values in
                unsafe codes.withUnsafeMutableBufferPointer { codes in
                    unsafe least.withUnsafeMutableBufferPointer { least in
                        unsafe table.pointee.coded.nearest(
                            book, values.baseAddress, count, stride, codes.baseAddress, codeStride,
                            least.isEmpty ? nil : least.baseAddress)
                    }
                }
            }
        }
    }

    /// The scores of each value with all codewords: `least` of the one above, before the least is taken.
    public func scores(
        _ book: CodebookSearch, _ values: Span<Float>, count: Int, stride: Int, into scores: inout MutableSpan<Float>
    ) {
        guard count > 0 else { return }
        precondition((count - 1) * stride + book.width <= values.count && stride >= 0)
        precondition(scores.count >= count * book.codewords)
        unsafe book.withC { book in
            unsafe values.withUnsafeBufferPointer { values in
                unsafe scores.withUnsafeMutableBufferPointer { scores in
                    unsafe table.pointee.coded.score(book, values.baseAddress, count, stride, scores.baseAddress)
                }
            }
        }
    }
}

extension CodebookSearch {
    fileprivate func withC(_ body: (UnsafePointer<emb_codebook>) -> Void) {
        unsafe transposed.withUnsafeBufferPointer { transposed in
            unsafe halfNorms.withUnsafeBufferPointer { norms in
                unsafe centre.withUnsafeBufferPointer { centre in
                    var raw = unsafe emb_codebook(
                        transposed: transposed.baseAddress, half_norms: norms.baseAddress,
                        centre: centre.isEmpty ? nil : centre.baseAddress, width: width, codewords: codewords)
                    unsafe body(&raw)
                }
            }
        }
    }
}
