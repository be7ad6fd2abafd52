internal import CEmbKernels
internal import Glibc

/// The instruction set that kernels are written for. `scalar` is their definition and runs everywhere.
public enum KernelLevel: String, Sendable, CaseIterable, CustomStringConvertible {
    case scalar, avx2, avx512, neon

    public var description: String { rawValue }

    /// The levels that this processor and this build can run, `scalar` first.
    public static var available: [KernelLevel] { allCases.filter { Kernels($0) != nil } }

    /// The level of `Kernels.best`: the environment's `EMBSTORE_KERNEL_LEVEL` if it names an available one, else the
    /// best that the processor and its operating system support.
    static func chosen() -> KernelLevel {
        if let name = unsafe getenv("EMBSTORE_KERNEL_LEVEL"),
            let level = KernelLevel(rawValue: unsafe String(cString: name)), Kernels(level) != nil
        {
            return level
        }
        return KernelLevel(emb_best_level())
    }

    init(_ level: emb_level) {
        switch level {
        case EMB_AVX2: self = .avx2
        case EMB_AVX512: self = .avx512
        case EMB_NEON: self = .neon
        default: self = .scalar
        }
    }

    var raw: emb_level {
        switch self {
        case .scalar: EMB_SCALAR
        case .avx2: EMB_AVX2
        case .avx512: EMB_AVX512
        case .neon: EMB_NEON
        }
    }
}
