internal import EmbCodecs
internal import EmbFormat

/// Checks a table's expression against the stages that its entry lists, in the order of Formats/container.md,
/// "Refusals": spelling, names, revisions. Afterwards all stages are known and the expression can be composed.
struct StageCheck {
    private let entry: TableEntry
    private let registry: Registry

    init(_ entry: TableEntry, _ registry: Registry) {
        self.entry = entry
        self.registry = registry
    }

    func check() throws(FormatError) {
        let stages = try written()
        try checkPlaces()
        try checkSpelling(stages)
        for stage in entry.stages where registry.stage(stage.name) == nil {
            throw FormatError(
                .unknownStage, field("stages"), found: "\"\(stage.name)\"",
                expected: "one of \(registry.names.joined(separator: ", "))")
        }
        for stage in entry.stages {
            guard let known = registry.stage(stage.name)?.revision, known != stage.revision else { continue }
            throw FormatError(
                .unknownRevision, field("stage \(stage.name)"), found: "revision \(stage.revision)",
                expected: "revision \(known)")
        }
    }

    private func field(_ part: String) -> String { "table \"\(entry.name)\", \(part)" }

    /// The stages of the expression, an omitted `direct` included, which must be those of the list.
    private func written() throws(FormatError) -> [StageSyntax] {
        var stages: [StageSyntax]
        do throws(ExpressionError) {
            stages = try ExpressionParser.parse(entry.expression)
        } catch {
            throw error.refusal(of: field("expression"))
        }
        let beginsWithIndexer = registry.indexers.contains { $0.name == stages[0].name }
        if entry.stages.first?.name == Direct.name, !beginsWithIndexer {
            stages.insert(StageSyntax(Direct.name), at: 0)
        }
        guard stages.map(\.name) == entry.stages.map(\.name), stages.count >= 2 else {
            throw FormatError(
                .badExpression, field("stages"), found: entry.stages.map(\.name).joined(separator: " | "),
                expected: "those of \"\(entry.expression)\", an indexer and a row codec among them")
        }
        return stages
    }

    /// Known stages stand where their kind may.
    private func checkPlaces() throws(FormatError) {
        for (place, stage) in entry.stages.enumerated() {
            guard let type = registry.stage(stage.name) else { continue }
            let fits =
                place == 0
                ? type is any Indexer.Type
                : place == entry.stages.count - 1 ? type is any RowCodec.Type : type is any Transform.Type
            guard fits else {
                throw FormatError(
                    .badExpression, field("expression"), found: "\(stage.name) at place \(place)",
                    expected: "an indexer, transforms and a row codec, in this order")
            }
        }
    }

    /// The spelling is canonical: of stages that are not known as far as punctuation goes.
    private func checkSpelling(_ stages: [StageSyntax]) throws(FormatError) {
        var canonical: [StageSyntax] = []
        for (stage, listed) in zip(stages, entry.stages) {
            if let type = registry.stage(stage.name), type.revision == listed.revision {
                do throws(ExpressionError) {
                    canonical.append(try type.init(parsing: stage).syntax)
                } catch {
                    throw error.refusal(of: field("expression"))
                }
            } else {
                canonical.append(stage)
            }
        }
        let spelling = StageSyntax.spell(canonical[(canonical[0].name == Direct.name ? 1 : 0)...].map { $0 })
        guard spelling == entry.expression else {
            throw FormatError(
                .badExpression, field("expression"), found: "\"\(entry.expression)\"",
                expected: "the spelling \"\(spelling)\"")
        }
    }
}
