// SPDX-License-Identifier: Apache-2.0

/// As migrations write it: the case's name, with its numbers in parentheses, such as `decimal(8,2)`.
extension FieldKind: Codable {
    private static let plain: [String: FieldKind] = [
        "auto": .auto, "bigAuto": .bigAuto, "smallInteger": .smallInteger, "integer": .integer,
        "bigInteger": .bigInteger, "positiveSmallInteger": .positiveSmallInteger, "positiveInteger": .positiveInteger,
        "positiveBigInteger": .positiveBigInteger, "float": .float, "boolean": .boolean, "text": .text, "date": .date,
        "dateTime": .dateTime, "time": .time, "duration": .duration, "uuid": .uuid, "binary": .binary, "json": .json,
        "ipAddress": .ipAddress,
    ]
    private static let names = Dictionary(uniqueKeysWithValues: plain.map { ($1, $0) })

    var code: String {
        switch self {
        case .decimal(let digits, let places): "decimal(\(digits),\(places))"
        case .char(let length): "char(\(length))"
        case .email(let length): "email(\(length))"
        case .url(let length): "url(\(length))"
        case .slug(let length): "slug(\(length))"
        case .file(let length): "file(\(length))"
        default: Self.names[self] ?? "none"
        }
    }

    init?(code: String) {
        if let plain = Self.plain[code] {
            self = plain
            return
        }
        guard let open = code.firstIndex(of: "("), code.hasSuffix(")") else { return nil }
        let numbers = code[code.index(after: open)...].dropLast().split(separator: ",").compactMap { Int($0) }
        switch (code[..<open], numbers.count) {
        case ("decimal", 2): self = .decimal(digits: numbers[0], places: numbers[1])
        case ("char", 1): self = .char(numbers[0])
        case ("email", 1): self = .email(numbers[0])
        case ("url", 1): self = .url(numbers[0])
        case ("slug", 1): self = .slug(numbers[0])
        case ("file", 1): self = .file(numbers[0])
        default: return nil
        }
    }

    /// Reads its name.
    public init(from decoder: any Decoder) throws {
        let code = try decoder.singleValueContainer().decode(String.self)
        guard let kind = FieldKind(code: code) else {
            throw ModelError(.schema, "there is no kind of column '\(code)'")
        }
        self = kind
    }

    /// Writes its name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(code)
    }
}
