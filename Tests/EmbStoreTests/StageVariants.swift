import EmbCodecs
import EmbTestSupport

/// Spellings of the registry's stages for the tests that run over all of them.
enum StageVariants {
    /// Spellings that are worth a run; a stage not listed runs as its bare name. None: the stage serves only what was trained
    /// elsewhere, and ImportTests run it.
    private static let variants: [String: [String]] = [
        "int16": ["int16", "int16(symmetric)", "int16(scale=f32)"],
        "int8": ["int8", "int8(symmetric)", "int8(symmetric, scale=f32)", "int8(block=16)"],
        "int4": ["int4", "int4(symmetric)", "int4(symmetric, block=32)"],
        "int2": ["int2", "int2(scale=f32)"],
        "fp8": ["fp8", "fp8(block=16)", "fp8(e5m2, block=64, scale=f16)"],
        "rbe": ["rbe(bits=1)", "rbe(bits=3)", "rbe(bits=4, scale=f32)", "rbe(bits=2, scale=none)"],
        "rabitq": ["rabitq(bits=1)", "rabitq(bits=5, scale=f32)"],
        "pq": ["pq(2x8, codebooks=f16)", "pq(3x4)", "pq(2x4, layout=fastscan)", "pq(3x8, coldBits=3, hot=20%)"],
        "rq": ["rq(2x4)", "rq(3x8, codebooks=f16, beam=2)"],
        "sparse": ["sparse(density=0.3)", "sparse(density=0.6, values=int8)"],
        "generated": [],  // see `computed`
        "tiers": [
            "tiers(rest: f32)", "tiers(30%: int8, 10%: rotation | int4, rest: sparse(density=0.5))",
            "tiers(10%: bf16, rest: prefix(2) | fp8)",
        ],
        "hashed": [
            "hashed(rows=61)", "hashed(rows=61, probes=2)", "hashed(rows=61, probes=3, combine=mean)",
            "hashed(rows=61, probes=2, combine=concat)",
        ],
        "qr": ["qr(divisor=12)"], "unified": [], "robe": [], "tensorTrain": [],
        "remapped": [],
        "rotation": ["rotation", "rotation(seed=5) | rotation"],
        "prefix": ["prefix(4)"],
        "lowrank": ["lowrank(6)"],
        "linear": ["linear", "rotation | linear"],
        "mlp": [],
    ]

    static func of(_ stages: [any Stage.Type]) -> [String] { stages.flatMap { variants[$0.name] ?? [$0.name] } }

    private static let registry = Registry.builtin
    static let codecs = of(registry.rowCodecs)
    static let indexers = of(registry.indexers)
    static let rowMaps = of(registry.rowMaps)
    static let transforms = of(registry.transforms)

    /// Rows that are not made of the source's: given as stored rows, of which only the number is kept.
    static let computed = ["direct | generated", "keyed | rotation | generated(uniform, seed=7)"]

    /// Every codec under every indexer, row map and transform; every transform under every indexer, before a codec that keeps
    /// numbers and one that does not.
    /// Under a sanitizer, which takes four times as long, every seventh of them.
    static let compositions: [String] = {
        var all = computed
        for first in indexers + rowMaps + transforms {
            all += codecs.filter { fits(first, $0) }.map { "\(first) | \($0)" }
        }
        for indexer in indexers {
            for transform in transforms {
                all += ["f32", "pq(2x4)"].filter { fits(transform, $0) }.map { "\(indexer) | \(transform) | \($0)" }
            }
        }
        return Sanitizers.areActive ? all.enumerated().filter { $0.offset % 7 == 0 }.map(\.element) : all
    }()

    /// Every second composition.
    static func half(_ number: Int) -> [String] {
        compositions.enumerated().filter { $0.offset % 2 == number }.map(\.element)
    }

    /// Whether the transform can be fitted to what follows it.
    private static func fits(_ transform: String, _ codec: String) -> Bool {
        !transform.hasPrefix("opq") || codec.hasPrefix("pq")
    }
}
