internal import EmbCodecs
internal import EmbKernels

/// The encoder of a model of recurrent binary embeddings: from float vectors to values of codes (Formats/codecs/rbe.md, "Importing
/// trained codes").
struct RecurrentBinarizer: Sendable {
    private let first: Network
    /// Reconstruction, brought to length 1, and residual of each loop.
    private let loops: [(reconstruct: Network, residual: Network)]

    /// Networks `W`, `B.0`, `R.0`, `B.1`, … of the state.
    init(_ state: TrainedState) throws(PackError) {
        let first = try TrainedNetwork(state, "W")
        var loops: [(reconstruct: Network, residual: Network)] = []
        while TrainedNetwork.exists(state, "R.\(loops.count)") {
            let reconstruct = try TrainedNetwork(state, "B.\(loops.count)")
            let residual = try TrainedNetwork(state, "R.\(loops.count)")
            let fits =
                reconstruct.inputs == first.outputs && reconstruct.outputs == first.inputs
                && residual.inputs == first.inputs && residual.outputs == first.outputs
            guard fits else {
                throw state.misshaped(
                    "R.\(loops.count).0.weight",
                    expected:
                        "B from \(first.outputs) to \(first.inputs) numbers, R from \(first.inputs) to \(first.outputs)"
                )
            }
            loops.append((reconstruct.reader(unit: true), residual.reader()))
        }
        self.first = first.reader()
        self.loops = loops
    }

    var bits: Int { loops.count + 1 }
    /// Numbers of a float vector, and of a code.
    var inputs: Int { first.inputDim }
    var outputs: Int { first.outputDim }

    /// The values of the codes of rows of `inputs` numbers.
    func codes(_ values: [Float], _ kernels: Kernels) -> [Float] {
        let rows = values.count / inputs
        var codes = Self.apply(first, values, rows, kernels).map { $0 >= 0 ? 1 : -1 as Float }
        var step: Float = 0.5
        for loop in loops {
            var left = Self.apply(loop.reconstruct, codes, rows, kernels)
            for i in left.indices { left[i] = values[i] - left[i] }
            let residual = Self.apply(loop.residual, left, rows, kernels)
            for i in codes.indices { codes[i] += residual[i] >= 0 ? step : -step }
            step /= 2
        }
        return codes
    }

    private static func apply(_ network: Network, _ values: [Float], _ rows: Int, _ kernels: Kernels) -> [Float] {
        var output = [Float](repeating: 0, count: rows * network.outputDim)
        var span = output.mutableSpan
        network.apply(values.span, into: &span, kernels)
        return output
    }
}
