// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import JSONTree
import SluiceModels

/// Values in the form that the cases were recorded in, and how two of them are compared.
enum Comparison {
    static func canonical(_ value: Py) throws -> JSON {
        switch value {
        case .value(let value): return canonical(value)
        case .list(let items), .tuple(let items): return .array(try items.map(canonical))
        case .set(let items): return .array(try items.map(canonical).sorted(by: precedes))
        case .dict(let items):
            return .object(
                Dictionary(try items.map { (key($0.key), try canonical($0.value)) }) { _, last in last })
        case .instance(let instance):
            return .object([
                "$model": .string(instance.record.model.label), "pk": canonical(instance.record.key),
            ])
        case .model(let model): return .object(["$type": .string(model.declaration.name)])
        case .global(let name): return .object(["$type": .string(name)])
        default: throw PyError("Unsupported", "a result of this kind")
        }
    }

    private static func key(_ value: Py) -> String {
        switch value {
        case .value(let value): value.plainText
        case .tuple(let parts):
            // As Python writes a tuple.
            "(" + parts.map { $0.string.map { "'\($0)'" } ?? key($0) }.joined(separator: ", ") + ")"
        default: ""
        }
    }

    static func canonical(_ value: Value) -> JSON {
        switch value {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(Int(number))
        case .double(let number): .object(["$float": .double(number)])
        case .text(let text): .string(text)
        case .bytes(let bytes): .object(["$bytes": .string(Data(bytes).base64EncodedString())])
        case .decimal(let number): .object(["$decimal": .string(number.normalized.description)])
        case .day(let day): .object(["$date": .string(day.description)])
        case .timestamp(let time):
            .object(["$datetime": .string("\(time.day)T\(clock(time.time))Z")])
        case .time(let time): .object(["$time": .string(time.description)])
        case .duration(let length): .object(["$duration_us": .int(Int(length))])
        case .uuid(let id): .object(["$uuid": .string(id.uuidString.lowercased())])
        case .json(let json): canonical(json)
        case .list(let values): .array(values.map(canonical))
        }
    }

    private static func clock(_ time: ClockTime) -> String {
        let (hour, minute, second, microsecond) = time.parts
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let fraction = String(1_000_000 + microsecond).dropFirst()
        return "\(two(hour)):\(two(minute)):\(two(second)).\(fraction)"
    }

    private static func canonical(_ json: JSONValue) -> JSON {
        switch json {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(Int(number))
        case .double(let number): .double(number)
        case .string(let text): .string(text)
        case .array(let items): .array(items.map(canonical))
        case .object(let members): .object(members.mapValues(canonical))
        }
    }

    // MARK: Equality

    /// Whether two recorded values mean the same.
    static func matches(_ expected: JSON, _ got: JSON) -> Bool {
        // A value that was recorded by the name of its class only.
        if expected["$repr"] != nil { return got != .null }
        if case .int(let first) = expected, case .int(let second) = got { return first == second }
        if let first = number(expected), let second = number(got) {
            if first == second { return true }
            if isApproximate(expected) || isApproximate(got) {
                return abs(first - second) <= 1e-9 * max(1, abs(first), abs(second))
            }
            return false
        }
        switch (expected, got) {
        case (.array(let first), .array(let second)):
            return first.count == second.count && zip(first, second).allSatisfy(matches)
        case (.object(let first), .object(let second)):
            // An instance is compared by its key, and by its fields where they were recorded.
            if first["$model"] != nil {
                return first["$model"] == second["$model"] && matches(first["pk"] ?? .null, second["pk"] ?? .null)
                    && (first["fields"] == nil || second["fields"] == nil
                        || matches(first["fields"] ?? .null, second["fields"] ?? .null))
            }
            return first.count == second.count
                && first.allSatisfy { name, value in second[name].map { matches(value, $0) } ?? false }
        case (.string(let first), .string(let second)): return first.utf8.elementsEqual(second.utf8)
        default: return expected == got
        }
    }

    /// Whether a set of rows is the same; in order only if the order was recorded.
    static func matches(_ expected: JSON, _ got: JSON, ordered: Bool) -> Bool {
        guard !ordered, case .array(let first) = expected, case .array(let second) = got else {
            return matches(expected, got)
        }
        guard first.count == second.count else { return false }
        var rest = second
        for item in first {
            guard let index = rest.firstIndex(where: { matches(item, $0) }) else { return false }
            rest.remove(at: index)
        }
        return true
    }

    private static func number(_ value: JSON) -> Double? {
        switch value {
        case .int(let number): Double(number)
        case .double(let number): number
        case .object(let members) where members.count == 1:
            (members["$float"] ?? members["$decimal"]).flatMap { inner in
                switch inner {
                case .string(let text): Double(text)
                case .double(let number): number
                case .int(let number): Double(number)
                default: nil
                }
            }
        default: nil
        }
    }

    private static func isApproximate(_ value: JSON) -> Bool {
        if case .double = value { return true }
        return value["$float"] != nil || (value["$decimal"]?.string?.count ?? 0) > 10
    }

    /// An order of recorded values, as Python sorts them.
    static func precedes(_ first: JSON, _ second: JSON) -> Bool {
        if let a = number(first), let b = number(second) { return a < b }
        switch (first, second) {
        case (.string(let a), .string(let b)): return a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
        case (.bool(let a), .bool(let b)): return !a && b
        case (.array(let a), .array(let b)):
            for (x, y) in zip(a, b) {
                if precedes(x, y) { return true }
                if precedes(y, x) { return false }
            }
            return a.count < b.count
        case (.object(let a), .object(let b)):
            let (x, y) = (a.values.first?.string ?? "", b.values.first?.string ?? "")
            return x < y
        case (.null, _): return second != .null
        default: return false
        }
    }
}
