internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// The mean (Formats/transforms/center.md, "Packing").
enum CenterFitter: StageFitter {
    static let stage = Center.name

    static func fit(_ request: FitRequest) throws(PackError) -> [ColumnData] {
        let mean = request.sample.mean
        return [ColumnData("constant", ColumnShape(.f32, rows: 1, width: UInt32(mean.count)), floats: mean)]
    }
}

/// The least-squares decoder of what follows (Formats/transforms/linear.md, "Packing").
enum LinearFitter: StageFitter {
    static let stage = Linear.name
    private static let rowLimit = 1 << 14
    /// How often codes are chosen and the matrix is fitted to them.
    private static let rounds = 4

    static func fit(_ request: FitRequest) throws(PackError) -> [ColumnData] {
        let sample = request.sample.limited(to: rowLimit)
        let width = (request.stage as! Linear).dim ?? sample.dim
        if let bits = gridBits(request.following) { return chosen(sample, width: width, bits: bits, request) }
        guard width == sample.dim else {
            throw request.refused(
                "dim", found: "\(width)",
                expected: "\(sample.dim), unless sign or an rbe without scale follows directly")
        }
        let codes = try decoded(sample, request)
        let (matrix, constant) = LeastSquares.fit(
            codes, width: width, sample, threads: request.threads, request.kernels)
        return columns(matrix, constant, choice: 0)
    }

    /// The bits of the grid, if nothing but its codes follows.
    private static func gridBits(_ following: [any Stage]) -> Int? {
        guard following.count == 1 else { return nil }
        if following[0] is SignRows { return 1 }
        guard let rbe = following[0] as? RBE, !rbe.hasScale else { return nil }
        return rbe.bits
    }

    /// Codes by residuals first, then chosen for the embedding they make, and the matrix fitted to them in turn.
    private static func chosen(
        _ sample: FitSample, width: Int, bits: Int, _ request: FitRequest
    ) -> [ColumnData] {
        let (threads, kernels) = (request.threads, request.kernels)
        var (matrix, constant) = residual(sample, width: width, bits: bits, threads, kernels)
        for round in 0..<rounds {
            let choice = GridChoice(matrix: matrix, constant: constant, bits: bits)
            let codes = choose(choice, sample, width: width, threads)
            (matrix, constant) = LeastSquares.fit(codes, width: width, sample, threads: threads, kernels)
            request.progress(Double(round + 1) / Double(rounds))
        }
        return columns(matrix, constant, choice: UInt8(bits))
    }

    /// Level by level: as many numbers as an embedding has are the grid's nearest values to what the levels before leave.
    private static func residual(
        _ sample: FitSample, width: Int, bits: Int, _ threads: Int, _ kernels: Kernels
    ) -> (matrix: [Float], constant: [Float]) {
        let dim = sample.dim
        var codes: [Float] = []
        var have = 0
        var (matrix, constant): ([Float], [Float]) = ([], sample.mean)
        while have < width {
            let left = residuals(sample, codes, have, matrix, constant, kernels)
            let more = min(dim, width - have)
            let units = spread(left, sample.weights, dim)
            var next: [Float] = []
            next.reserveCapacity(sample.count * (have + more))
            for row in 0..<sample.count {
                next += codes[row * have..<(row + 1) * have]
                for j in 0..<more {
                    next.append(GridChoice.nearest(units[j] > 0 ? left[row * dim + j] / units[j] : 0, bits: bits))
                }
            }
            (codes, have) = (next, have + more)
            (matrix, constant) = LeastSquares.fit(codes, width: have, sample, threads: threads, kernels)
        }
        return (matrix, constant)
    }

    private static func residuals(
        _ sample: FitSample, _ codes: [Float], _ width: Int, _ matrix: [Float], _ constant: [Float], _ kernels: Kernels
    ) -> [Float] {
        guard width > 0 else { return sample.centred(constant) }
        var image = [Float](repeating: 0, count: sample.values.count)
        var span = image.mutableSpan
        AffineMap(matrix, constant: constant).apply(codes.span, into: &span, kernels)
        for i in image.indices { image[i] = sample.values[i] - image[i] }
        return image
    }

    /// The root of the mean square of each column.
    private static func spread(_ values: [Float], _ weights: [Float], _ dim: Int) -> [Float] {
        var sums = [Double](repeating: 0, count: dim)
        let total = weights.reduce(0.0) { $0 + Double($1) }
        for (row, weight) in weights.enumerated() {
            for j in 0..<dim {
                let value = Double(values[row * dim + j])
                sums[j] += Double(weight) * value * value
            }
        }
        return sums.map { total > 0 ? Float(($0 / total).squareRoot()) : 0 }
    }

    private static func choose(_ choice: GridChoice, _ sample: FitSample, width: Int, _ threads: Int) -> [Float] {
        let part = 256
        return Parallel.map((sample.count + part - 1) / part, threads: threads) { number in
            let rows = number * part..<min((number + 1) * part, sample.count)
            var codes = [Float](repeating: 0, count: rows.count * width)
            var span = codes.mutableSpan
            let range = rows.lowerBound * sample.dim..<rows.upperBound * sample.dim
            choice.apply(sample.values.span.extracting(range), into: &span)
            return codes
        }.flatMap { $0 }
    }

    /// The sample as the stages that follow give it back, fitted to it themselves.
    private static func decoded(_ sample: FitSample, _ request: FitRequest) throws(PackError) -> [Float] {
        let inner = Composition(
            indexer: Direct(), transforms: request.following.dropLast().map { $0 as! any Transform },
            rowCodec: request.following.last as! any RowCodec)
        let (transforms, rows) = try request.nested(inner, rowCount: UInt64(sample.count), sample: sample)
        let chain = TransformChain(
            encoders: transforms, dim: sample.dim, nonFinite: .refuse, passesNonFinite: true)
        do throws(EncodeError) {
            let values = try chain.encode(sample.values.span)
            var bytes = [[UInt8]](repeating: [], count: rows.columns.count)
            try rows.encode(values.span, firstRow: 0, into: &bytes, request.kernels)
            var back = [Float](repeating: 0, count: values.count)
            var span = back.mutableSpan
            rows.decode(bytes, firstRow: 0, into: &span, request.kernels)
            return chain.decode(back)
        } catch {
            throw .row(
                source: request.source, row: sample.positions[error.row],
                codec: inner.rowCodec.syntax.description, error.refusal)
        }
    }

    private static func columns(_ matrix: [Float], _ constant: [Float], choice: UInt8) -> [ColumnData] {
        let dim = constant.count
        let shape = ColumnShape(.f32, rows: UInt64(matrix.count / dim), width: UInt32(dim))
        return [
            ColumnData("matrix", shape, floats: matrix),
            ColumnData("constant", ColumnShape(.f32, rows: 1, width: UInt32(dim)), floats: constant),
            ColumnData("choice", ColumnShape(.u8, rows: 1, width: 1), bytes: [choice]),
        ]
    }
}
