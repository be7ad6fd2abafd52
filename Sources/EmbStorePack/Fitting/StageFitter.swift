internal import EmbCodecs
internal import EmbKernels

/// Finds the parameters of one stage: codebooks, bases, boundaries. The same sample gives the same bytes, whatever the number
/// of threads.
protocol StageFitter: Sendable {
    /// The name of the stage.
    static var stage: String { get }

    /// The columns of the stage that do not grow with the rows, in the order of its page.
    static func fit(_ request: FitRequest) throws(PackError) -> [ColumnData]
}

/// The stages that are fitted when their parameters are not given.
enum Fitters {
    static let builtin: [any StageFitter.Type] = [
        PCAFitter.self, OPQFitter.self, LowRankFitter.self, PQFitter.self, RQFitter.self, LinearFitter.self,
        CenterFitter.self, SparseFitter.self, TiersFitter.self,
    ]

    static func fitter(of stage: any Stage) -> (any StageFitter.Type)? {
        builtin.first { $0.stage == type(of: stage).name }
    }
}

/// What a stage is fitted to.
struct FitRequest {
    let stage: any Stage
    /// Parameters of stages nested in it that are given, by their names as its columns: `1.pq.codebooks`.
    let given: [String: ColumnData]
    /// Rows as they reach the stage: for a transform its output, for a row codec what it stores.
    let sample: FitSample
    /// The stages further in, those of the row codec last.
    let following: [any Stage]
    /// Rows of the table that are stored.
    let rowCount: UInt64
    /// How often each stored row is asked for, all of them; nil if nobody knows.
    let frequencies: [Float]?
    /// Names what is packed in refusals.
    let source: String
    let threads: Int
    let kernels: Kernels
    /// Told the share that is done, now and then.
    let progress: (Double) -> Void

    func refused(_ field: String, found: String, expected: String) -> PackError {
        .plan(source: source, field: "\(type(of: stage).name): \(field)", found: found, expected: expected)
    }
}
