public import EmbKernels
internal import Synchronization

/// Layers of numbers, an activation between them. Its hidden numbers live in buffers that calls borrow and give back, so that
/// after the first calls nothing is allocated.
public struct Network: TransformReader {
    /// Rows taken through a layer together.
    private static let tileRows = 16

    private let layers: [AffineMap]
    private let activation: Activation
    private let isUnit: Bool
    private let buffers = BufferPool()

    /// - Parameter layers: At least one, each taking what the one before makes.
    public init(_ layers: [AffineMap], _ activation: Activation, isUnit: Bool) {
        self.layers = layers
        self.activation = activation
        self.isUnit = isUnit
    }

    public var inputDim: Int { layers[0].inputDim }
    public var outputDim: Int { layers[layers.count - 1].outputDim }
    public var isLinear: Bool { false }

    public func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {
        var (these, others) = buffers.borrow(Self.tileRows * widest)
        var first = 0
        let count = input.count / inputDim
        while first < count {
            let rows = min(Self.tileRows, count - first)
            let tile = input.extracting(first * inputDim..<(first + rows) * inputDim)
            var made = output._mutatingExtracting(first * outputDim..<(first + rows) * outputDim)
            apply(tile, rows, &made, &these, &others, kernels)
            first += rows
        }
        buffers.giveBack(these, others)
    }

    private var widest: Int { layers.reduce(0) { max($0, $1.outputDim) } }

    private func apply(
        _ input: Span<Float>, _ rows: Int, _ output: inout MutableSpan<Float>, _ these: inout [Float],
        _ others: inout [Float], _ kernels: Kernels
    ) {
        var width = 0
        for number in 0..<layers.count - 1 {
            let layer = layers[number]
            var span = others.mutableSpan
            var made = span._mutatingExtracting(first: rows * layer.outputDim)
            if number == 0 {
                layer.apply(input, into: &made, kernels)
            } else {
                layer.apply(these.span.extracting(first: rows * width), into: &made, kernels)
            }
            kernels.activate(&made, activation)
            width = layer.outputDim
            swap(&these, &others)
        }
        let last = layers[layers.count - 1]
        if layers.count == 1 {
            last.apply(input, into: &output, kernels)
        } else {
            last.apply(these.span.extracting(first: rows * width), into: &output, kernels)
        }
        guard isUnit else { return }
        for row in 0..<rows {
            var embedding = output._mutatingExtracting(row * last.outputDim..<(row + 1) * last.outputDim)
            kernels.bringToLength1(&embedding)
        }
    }
}

/// Pairs of buffers of one size that are not in use.
private final class BufferPool: Sendable {
    private let free = Mutex<[([Float], [Float])]>([])

    func borrow(_ count: Int) -> ([Float], [Float]) {
        free.withLock { $0.popLast() }
            ?? ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
    }

    func giveBack(_ these: [Float], _ others: [Float]) { free.withLock { $0.append((these, others)) } }
}

/// The columns of a network that was trained elsewhere.
struct NetworkColumns: TransformEncoder {
    let columns: [ColumnData]
    let reader: any TransformReader

    /// - Parameter columns: Weights and bias of each layer in turn.
    init(_ columns: [ColumnData], _ activation: Activation, isUnit: Bool) {
        self.columns = columns
        let layers = stride(from: 0, to: columns.count, by: 2).map { place in
            AffineMap(columns[place].floats, constant: columns[place + 1].floats)
        }
        reader = Network(layers, activation, isUnit: isUnit)
    }

    var hasWayBack: Bool { false }

    func apply(_ input: Span<Float>, into output: inout MutableSpan<Float>, _ kernels: Kernels) {}
}
