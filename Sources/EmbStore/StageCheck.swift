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
        try checkPlaces(stages)
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

    /// The stages of the expression, an omitted `direct` included, which with those nested in them must be those of the
    /// list.
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
        guard stages.flatMap(\.names) == entry.stages.map(\.name), stages.count >= 2 else {
            throw FormatError(
                .badExpression, field("stages"), found: entry.stages.map(\.name).joined(separator: " | "),
                expected: "those of \"\(entry.expression)\", an indexer and a row codec among them")
        }
        return stages
    }

    /// Known stages stand where their kind may.
    private func checkPlaces(_ stages: [StageSyntax]) throws(FormatError) {
        var mapsMayFollow = true
        for (place, stage) in stages.enumerated() {
            guard let type = registry.stage(stage.name) else { continue }
            let fits: Bool
            if place == 0 {
                fits = type is any Indexer.Type
            } else if place == stages.count - 1 {
                fits = type is any RowCodec.Type
            } else if type is any RowMap.Type {
                fits = mapsMayFollow
            } else {
                fits = type is any Transform.Type
                mapsMayFollow = false
            }
            guard fits else {
                throw FormatError(
                    .badExpression, field("expression"), found: "\(stage.name) at place \(place)",
                    expected: "an indexer, row maps, transforms and a row codec, in this order")
            }
        }
    }

    /// The spelling is canonical: of stages that are not known, or have such stages nested in them, as far as punctuation
    /// goes.
    private func checkSpelling(_ stages: [StageSyntax]) throws(FormatError) {
        var canonical: [StageSyntax] = []
        var listed = entry.stages[...]
        for stage in stages {
            let own = listed.prefix(stage.names.count)
            listed = listed.dropFirst(own.count)
            let isKnown = own.allSatisfy { registry.stage($0.name)?.revision == $0.revision }
            guard isKnown, let type = registry.stage(stage.name) else {
                canonical.append(stage)
                continue
            }
            do throws(ExpressionError) {
                canonical.append(try type.init(parsing: stage, registry: registry).syntax)
            } catch {
                throw error.refusal(of: field("expression"))
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

extension StageSyntax {
    /// The stage's name, followed by those of the stages nested in it, in the order written.
    fileprivate var names: [String] {
        [name]
            + arguments.flatMap { argument -> [String] in
                guard case .expression(let stages) = argument.value else { return [] }
                return stages.flatMap(\.names)
            }
    }
}
