internal import CEmbKernels

/// What a network does to numbers after a layer (Formats/transforms/mlp.md).
public enum Activation: String, Sendable, CaseIterable {
    case relu, mish
}

extension Kernels {
    /// Activates every number, in place.
    public func activate(_ x: inout MutableSpan<Float>, _ activation: Activation) {
        let function = unsafe activation == .relu ? table.pointee.network.relu! : table.pointee.network.mish!
        unsafe x.withUnsafeMutableBufferPointer { unsafe function($0.baseAddress, $0.count) }
    }

    /// Brings a row to length 1; zeros stay.
    public func bringToLength1(_ x: inout MutableSpan<Float>) {
        unsafe x.withUnsafeMutableBufferPointer { unsafe table.pointee.network.unit($0.baseAddress, $0.count) }
    }
}
