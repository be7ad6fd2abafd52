public import EmbKernels

/// A 16-bit type that lookups can return: rounded once from binary32, to nearest even.
public protocol RoundedOutput: BitwiseCopyable, SendableMetatype {
    static func round(_ floats: Span<Float>, into out: inout MutableSpan<Self>, _ kernels: Kernels)
}

extension Float16: RoundedOutput {
    public static func round(_ floats: Span<Float>, into out: inout MutableSpan<Float16>, _ kernels: Kernels) {
        kernels.roundToF16(floats, into: &out)
    }
}

/// The upper half of a binary32: 8 exponent bits, 7 fraction bits.
public struct BFloat16: BitwiseCopyable, Sendable, Hashable {
    public var bitPattern: UInt16

    public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}

extension BFloat16: RoundedOutput {
    public static func round(_ floats: Span<Float>, into out: inout MutableSpan<BFloat16>, _ kernels: Kernels) {
        kernels.roundToBF16(floats, into: &out)
    }
}
