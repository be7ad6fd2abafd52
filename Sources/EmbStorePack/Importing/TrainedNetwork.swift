internal import EmbCodecs
internal import EmbFormat
internal import EmbKernels

/// A network of Linear, BatchNorm and activations, its tensors named as torch names those of a Sequential, the normalisations folded
/// into the layers before them (Formats/transforms/mlp.md, "Packing").
struct TrainedNetwork {
    struct Layer {
        /// inputs x outputs.
        var weights: [Float]
        var bias: [Float]
        var inputs: Int { weights.count / bias.count }
    }

    private(set) var layers: [Layer] = []

    /// - Parameter name: What stands before the numbers of the modules: `W` for `W.0.weight`.
    init(_ state: TrainedState, _ name: String) throws(PackError) {
        let modules = state.names(from: name + ".", to: ".weight").compactMap { Int($0) }.sorted()
        for module in modules {
            let prefix = "\(name).\(module)"
            if state.has(prefix + ".running_mean") {
                try fold(state, prefix)
            } else {
                try append(state, prefix)
            }
        }
        guard !layers.isEmpty else {
            throw state.misshaped("\(name).0.weight", expected: "a network: \(name).0.weight, \(name).0.bias, …")
        }
    }

    static func exists(_ state: TrainedState, _ name: String) -> Bool {
        !state.names(from: name + ".", to: ".weight").isEmpty
    }

    var inputs: Int { layers[0].inputs }
    var outputs: Int { layers[layers.count - 1].bias.count }
    /// Numbers after each hidden layer.
    var hidden: [Int] { layers.dropLast().map(\.bias.count) }

    private mutating func append(_ state: TrainedState, _ prefix: String) throws(PackError) {
        let (outputs, inputs) = try state.matrix(prefix + ".weight")
        if let last = layers.last {
            try state.check(prefix + ".weight", inputs, UInt64(last.bias.count), "columns, as the layer before makes")
        }
        try state.check(prefix + ".bias", state.vector(prefix + ".bias"), outputs, "numbers")
        let weight = try state.floats(prefix + ".weight")
        let (rows, columns) = (Int(outputs), Int(inputs))
        let transposed = (0..<columns).flatMap { i in (0..<rows).map { weight[$0 * columns + i] } }
        layers.append(Layer(weights: transposed, bias: try state.floats(prefix + ".bias")))
    }

    private mutating func fold(_ state: TrainedState, _ prefix: String) throws(PackError) {
        guard var layer = layers.popLast() else {
            throw state.misshaped(prefix + ".weight", expected: "a Linear before a BatchNorm")
        }
        var parts: [[Float]] = []
        for part in [".weight", ".bias", ".running_mean", ".running_var"] {
            try state.check(prefix + part, state.vector(prefix + part), UInt64(layer.bias.count), "numbers")
            parts.append(try state.floats(prefix + part))
        }
        if state.has(prefix + ".num_batches_tracked") { _ = try state.integers(prefix + ".num_batches_tracked") }
        for j in layer.bias.indices {
            let factor = Double(parts[0][j]) / (Double(parts[3][j]) + 1e-5).squareRoot()
            for i in 0..<layer.inputs {
                let place = i * layer.bias.count + j
                layer.weights[place] = Float(Double(layer.weights[place]) * factor)
            }
            layer.bias[j] = Float((Double(layer.bias[j]) - Double(parts[2][j])) * factor + Double(parts[1][j]))
        }
        layers.append(layer)
    }

    /// The columns of `mlp`, by their names in the file.
    var columns: [String: ColumnData] {
        var columns: [String: ColumnData] = [:]
        for (number, layer) in layers.enumerated() {
            let (inputs, outputs) = (UInt64(layer.inputs), UInt64(layer.bias.count))
            columns["mlp.weights\(number)"] = layer.weights.column("weights\(number)", rows: inputs, width: outputs)
            columns["mlp.bias\(number)"] = layer.bias.column("bias\(number)", rows: 1, width: outputs)
        }
        return columns
    }

    /// The network as lookups run it, ReLU between its layers.
    func reader(unit: Bool = false) -> Network {
        Network(layers.map { AffineMap($0.weights, constant: $0.bias) }, .relu, isUnit: unit)
    }
}
