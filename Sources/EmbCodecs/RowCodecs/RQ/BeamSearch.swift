public import EmbKernels

/// Beam search over additive codebooks. Immutable; callable from any thread.
public struct BeamSearch: Sendable {
    private let books: [CodebookSearch]
    private let numbers: [Float]
    private let dim: Int
    private let codewords: Int
    private let beam: Int

    /// - Parameter numbers: The codewords of `format.books` codebooks, `format.dim` numbers each.
    public init(_ numbers: [Float], _ format: CodedFormat, beam: Int) {
        self.numbers = numbers
        self.beam = beam
        dim = format.dim
        codewords = format.codewords
        let size = format.codewords * format.dim
        books = (0..<format.books).map { m in
            CodebookSearch(
                numbers.span.extracting(m * size..<(m + 1) * size), width: format.dim, centred: false)
        }
    }

    /// The codes of rows, one byte each.
    public func codes(_ values: Span<Float>, _ kernels: Kernels) -> [UInt8] {
        var codes: [UInt8] = []
        codes.reserveCapacity(values.count / dim * books.count)
        var state = State(beam: beam, dim: dim, codewords: codewords, books: books.count)
        for row in 0..<values.count / dim {
            state.begin(values.extracting(row * dim..<(row + 1) * dim))
            for m in 0..<books.count { step(m, &state, kernels) }
            codes += state.codes[..<books.count]
        }
        return codes
    }

    /// What is left of rows of which the first codes are known: for fitting the next codebook.
    public func residuals(_ values: Span<Float>, _ kernels: Kernels) -> [Float] {
        let codes = self.codes(values, kernels)
        var left = unsafe values.withUnsafeBufferPointer { unsafe Array($0) }
        for row in 0..<values.count / dim {
            for m in 0..<books.count {
                let codeword = (m * codewords + Int(codes[row * books.count + m])) * dim
                for j in 0..<dim { left[row * dim + j] -= numbers[codeword + j] }
            }
        }
        return left
    }

    private func step(_ m: Int, _ state: inout State, _ kernels: Kernels) {
        let (residuals, count) = (state.residuals, state.count)
        var scores = state.scores.mutableSpan
        kernels.scores(books[m], residuals.span, count: count, stride: dim, into: &scores)
        state.choose(book: m)
        state.extend(book: m, numbers)
    }

    /// The candidates of one row, best first.
    private struct State {
        let beam: Int
        let dim: Int
        let codewords: Int
        let books: Int
        var count = 0
        var residuals: [Float]
        var codes: [UInt8]
        var totals: [Float]
        var scores: [Float]
        /// The pairs chosen in one step: a candidate's number times `codewords` plus a codeword's.
        var chosen: [Int] = []
        var chosenScores: [Float] = []
        private var otherResiduals: [Float]
        private var otherCodes: [UInt8]

        init(beam: Int, dim: Int, codewords: Int, books: Int) {
            self.beam = beam
            self.dim = dim
            self.codewords = codewords
            self.books = books
            residuals = [Float](repeating: 0, count: beam * dim)
            otherResiduals = residuals
            codes = [UInt8](repeating: 0, count: beam * books)
            otherCodes = codes
            totals = [Float](repeating: 0, count: beam)
            scores = [Float](repeating: 0, count: beam * codewords)
        }

        mutating func begin(_ row: Span<Float>) {
            count = 1
            totals[0] = 0
            for j in 0..<dim { residuals[j] = row[j] }
        }

        /// The `beam` pairs of the least scores, in order; of equal ones the earlier.
        mutating func choose(book: Int) {
            chosen.removeAll(keepingCapacity: true)
            chosenScores.removeAll(keepingCapacity: true)
            var limit = Float.infinity
            for candidate in 0..<count {
                let total = totals[candidate]
                for k in 0..<codewords {
                    let sum = scores[candidate * codewords + k] + total
                    let score = sum.isNaN ? .infinity : sum
                    guard score < limit || chosen.count < beam else { continue }
                    var place = chosen.count
                    while place > 0, chosenScores[place - 1] > score { place -= 1 }
                    chosen.insert(candidate * codewords + k, at: place)
                    chosenScores.insert(score, at: place)
                    if chosen.count > beam {
                        chosen.removeLast()
                        chosenScores.removeLast()
                    }
                    if chosen.count == beam { limit = chosenScores[beam - 1] }
                }
            }
        }

        mutating func extend(book: Int, _ numbers: [Float]) {
            for (place, pair) in chosen.enumerated() {
                let (candidate, k) = (pair / codewords, pair % codewords)
                let codeword = (book * codewords + k) * dim
                for m in 0..<book { otherCodes[place * books + m] = codes[candidate * books + m] }
                otherCodes[place * books + book] = UInt8(k)
                for j in 0..<dim {
                    otherResiduals[place * dim + j] = residuals[candidate * dim + j] - numbers[codeword + j]
                }
                totals[place] = chosenScores[place]
            }
            count = chosen.count
            swap(&codes, &otherCodes)
            swap(&residuals, &otherResiduals)
        }
    }
}
