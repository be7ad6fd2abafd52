extension SourceError: CustomStringConvertible {
    /// One line that names the file, the place, and both values.
    public var description: String {
        "\(Shown.text(file)): \(detail)"
    }

    /// The file, or `file:tensor`, that was refused.
    public var file: String {
        switch self {
        case .cannotOpen(let file, _), .readFailed(let file, _, _), .notAFile(let file, _),
            .truncated(let file, _, _, _, _), .trailingBytes(let file, _, _), .corrupt(let file, _, _),
            .badHeader(let file, _, _, _, _), .unsupportedType(let file, _, _), .unsupportedLayout(let file, _, _),
            .foreignFormat(let file, _, _), .unknownFormat(let file, _, _), .notATable(let file, _, _),
            .noSuchTensor(let file, _, _), .noSuchColumn(let file, _, _), .duplicateName(let file, _, _),
            .badRange(let file, _, _), .missingShard(let file, _, _, _), .wrongFieldCount(let file, _, _, _, _),
            .badNumber(let file, _, _, _, _), .numberOverflow(let file, _, _, _), .badQuote(let file, _, _, _, _),
            .badKey(let file, _, _, _), .keyTooLong(let file, _, _, _), .tooLarge(let file, _, _, _),
            .rowCountMismatch(let file, _, _, _), .badOption(let file, _, _, _):
            file
        }
    }

    private var detail: String {
        switch self {
        case .cannotOpen(_, let reason):
            "cannot be opened: \(reason)"
        case .readFailed(_, let offset, let reason):
            "reading at byte \(offset) failed: \(reason)"
        case .notAFile(_, let found):
            "is \(found), expected a regular file"
        case .truncated(_, let what, let offset, let needed, let found):
            "\(Shown.text(what)) at byte \(offset) needs \(needed) bytes, found \(found)"
        case .trailingBytes(_, let offset, let count):
            "expected the end of the file at byte \(offset), found \(count) more bytes"
        case .corrupt(_, let offset, let reason):
            "corrupt at byte \(offset): \(Shown.text(reason))"
        case .badHeader(_, let field, let offset, let found, let expected):
            "\(Shown.text(field)) at byte \(offset) is \(Shown.text(found)), expected \(Shown.text(expected))"
        case .unsupportedType(_, let found, let expected):
            "elements are \(Shown.text(found)), expected \(expected)"
        case .unsupportedLayout(_, let found, let advice), .foreignFormat(_, let found, let advice):
            "is \(Shown.text(found)); \(advice)"
        case .unknownFormat(_, let found, let expected):
            "begins with \(found), expected \(expected)"
        case .notATable(_, let found, let expected):
            "has \(Shown.text(found)), expected \(expected)"
        case .noSuchTensor(_, let wanted, let available):
            "has no tensor \(Shown.quoted(wanted)), found \(Shown.list(available))"
        case .noSuchColumn(_, let wanted, let available):
            "has no column \(Shown.quoted(wanted)), found \(Shown.list(available))"
        case .duplicateName(_, let what, let name):
            "has two \(what) named \(Shown.quoted(name)), expected one"
        case .badRange(_, let found, let expected):
            "data_offsets are \(Shown.text(found)), expected \(Shown.text(expected))"
        case .missingShard(_, let tensor, let shard, let reason):
            "tensor \(Shown.quoted(tensor)) should be in shard \(Shown.quoted(shard)): \(Shown.text(reason))"
        case .wrongFieldCount(_, let line, let offset, let found, let expected):
            "line \(line) (byte \(offset)) has \(found) fields, expected \(expected)"
        case .badNumber(_, let place, let offset, let field, let found):
            "\(place), field \(field + 1) (byte \(offset)) is \(Shown.quoted(found)), expected a number"
        case .numberOverflow(_, let place, let column, let found):
            "\(place), column \(column) is \(Shown.text(found)), expected at most 3.4028235e+38 in size"
        case .badQuote(_, let line, let offset, let found, let expected):
            "line \(line) (byte \(offset)): found \(Shown.text(found)), expected \(expected)"
        case .badKey(_, let place, let found, let expected):
            "\(place): key is \(Shown.quoted(found)), expected \(expected)"
        case .keyTooLong(_, let place, let found, let limit):
            "\(place): key has \(found) bytes, expected at most \(limit)"
        case .tooLarge(_, let what, let found, let limit):
            "\(Shown.text(what)) is \(found), expected at most \(limit)"
        case .rowCountMismatch(_, let found, let expected, let declaredBy):
            "has \(found) rows, expected \(expected) as declared by \(Shown.text(declaredBy))"
        case .badOption(_, let option, let found, let expected):
            "option \(option) is \(Shown.quoted(found)), expected \(Shown.text(expected))"
        }
    }
}
