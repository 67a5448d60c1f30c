// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

extension Value {
    /// The same value as a column of a kind holds it: texts are read as dates, numbers and so on, as Django does it.
    ///
    /// Throws `ModelError` with the code `.value` for one that does not fit.
    package func prepared(for kind: FieldKind) throws -> Value {
        if case .null = self { return self }
        switch kind {
        case .auto, .bigAuto, .smallInteger, .integer, .bigInteger, .positiveSmallInteger, .positiveInteger,
            .positiveBigInteger:
            return try preparedInteger(kind)
        case .float:
            switch self {
            case .double: return self
            case .int(let number): return .double(Double(number))
            case .decimal(let number): return .double(number.double)
            case .bool(let flag): return .double(flag ? 1 : 0)
            case .text(let text): if let number = Double(text) { return .double(number) }
            default: break
            }
        case .decimal:
            switch self {
            case .decimal: return self
            case .int(let number): return .decimal(ExactDecimal(number))
            case .double(let number): if let exact = ExactDecimal(number) { return .decimal(exact) }
            case .text(let text): if let exact = ExactDecimal(text) { return .decimal(exact) }
            default: break
            }
        case .boolean:
            switch self {
            case .bool: return self
            case .int(0), .text("False"), .text("false"), .text("f"), .text("0"): return .bool(false)
            case .int(1), .text("True"), .text("true"), .text("t"), .text("1"): return .bool(true)
            default: break
            }
        case .char, .text, .email, .url, .slug, .file: return .text(plainText)
        case .date:
            switch self {
            case .day: return self
            case .timestamp(let time): return .day(time.day)
            case .text(let text): if let day = Day(text) ?? Timestamp(text)?.day { return .day(day) }
            default: break
            }
        case .dateTime:
            switch self {
            case .timestamp: return self
            case .day(let day): return .timestamp(Timestamp(day))
            case .text(let text): if let time = Timestamp(text) { return .timestamp(time) }
            default: break
            }
        case .time:
            switch self {
            case .time: return self
            case .timestamp(let time): return .time(time.time)
            case .text(let text): if let time = ClockTime(text) { return .time(time) }
            default: break
            }
        case .duration: if case .duration = self { return self }
        case .uuid:
            switch self {
            case .uuid: return self
            case .text(let text): if let id = UUID(hyphenless: text) { return .uuid(id) }
            default: break
            }
        case .binary: if case .bytes = self { return self }
        case .json: return .json(try jsonValue())
        case .ipAddress: if case .text(let text) = self { return .text(text.lowercased()) }
        case .reference, .manyToMany, .composite: return self
        }
        let isText = if case .text = self { true } else { false }
        throw ModelError(
            isText && kind != .float ? .validation : .value, "Field expected a value of kind \(kind) but got \(self).")
    }

    private func preparedInteger(_ kind: FieldKind) throws -> Value {
        switch self {
        case .int: return self
        case .bool(let flag): return .int(flag ? 1 : 0)
        case .double(let number): if let whole = Int64(exactly: number.rounded(.towardZero)) { return .int(whole) }
        case .decimal(let number):
            if let whole = Int64(exactly: number.digits / ExactDecimal.power(number.places)) { return .int(whole) }
        case .text(let text): if let whole = Int64(text.filter { $0 != " " }) { return .int(whole) }
        default: break
        }
        throw ModelError(.value, "Field expected a number but got \(self).")
    }

    /// The value as a JSON value.
    package func jsonValue() throws -> JSONValue {
        switch self {
        case .json(let value): return value
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .double(let value): return .double(value)
        case .text(let value): return .string(value)
        case .list(let values): return .array(try values.map { try $0.jsonValue() })
        default: throw ModelError(.value, "\(self) is no value of JSON")
        }
    }

    /// The value as a person would write it.
    package var plainText: String {
        switch self {
        case .null: ""
        case .bool(let value): value ? "True" : "False"
        case .int(let value): String(value)
        case .double(let value): "\(value)"
        case .text(let value): value
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .decimal(let value): value.description
        case .day(let value): value.description
        case .timestamp(let value): value.description
        case .time(let value): value.description
        case .duration(let value): String(value)
        case .uuid(let value): value.uuidString.lowercased()
        case .json(let value): value.text
        case .list(let values): values.map(\.plainText).joined(separator: ",")
        }
    }
}

extension UUID {
    /// A UUID with or without its hyphens.
    package init?(hyphenless text: String) {
        let digits = text.utf8.filter { $0 != 0x2D }
        guard digits.count == 32 else { return nil }
        var formatted = String(decoding: digits, as: UTF8.self)
        for position in [20, 16, 12, 8] {
            formatted.insert("-", at: formatted.index(formatted.startIndex, offsetBy: position))
        }
        self.init(uuidString: formatted)
    }

    /// The 32 digits without hyphens, in lower case.
    package var digits: String { uuidString.lowercased().filter { $0 != "-" } }
}
