public import EmbKernels

extension Kernels.Score {
    /// What the kernels call a metric.
    public init(_ metric: Metric) {
        switch metric {
        case .dot: self = .dot
        case .cosine: self = .cosine
        case .l2: self = .l2
        }
    }
}
