// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import JSONTree
import SluiceModels

/// The arguments of a call.
struct Arguments {
    var plain: [Py]
    var named: [(name: String, value: Py)]

    subscript(_ index: Int) -> Py? { index < plain.count ? plain[index] : nil }
    subscript(_ name: String) -> Py? { named.last { $0.name == name }?.value }
    /// An argument by its position or its name.
    func get(_ index: Int, _ name: String) -> Py? { self[index] ?? self[name] }
    func without(_ names: String...) -> [(name: String, value: Py)] { named.filter { !names.contains($0.name) } }
}

extension Interpreter {
    func call(_ tree: JSON) async throws -> Py {
        guard let callee = tree["call"] else { throw PyError("Unsupported", "no callee") }
        var arguments = Arguments(plain: try await evaluateAll(tree["args"]?.array ?? []), named: [])
        for pair in tree["kwargs"]?.array ?? [] {
            guard let pair = pair.array, pair.count == 2 else { continue }
            let value = try await evaluate(pair[1])
            if let name = pair[0].string {
                arguments.named.append((name, value))
            } else if case .dict(let items) = value {
                arguments.named += items.compactMap { item in item.key.string.map { ($0, item.value) } }
            }
        }
        if let name = callee["attr"]?.string, let owner = callee["of"] {
            return try await method(name, of: try await evaluate(owner), arguments)
        }
        switch try await evaluate(callee) {
        case .global(let name): return try await builtIn(name, arguments)
        case .model(let model): return .instance(try await make(model, arguments.named))
        case .member(let owner, let name): return try await method(name, of: owner.value, arguments)
        default: throw PyError("TypeError", "not callable")
        }
    }

    /// Functions and classes that cases call by a plain name.
    private func builtIn(_ name: String, _ arguments: Arguments) async throws -> Py {
        if let value = try await pythonFunction(name, arguments) { return value }
        if let value = try queryFunction(name, arguments) { return value }
        throw PyError("Unsupported", "\(name)()")
    }

    func pythonFunction(_ name: String, _ arguments: Arguments) async throws -> Py? {
        switch name {
        case "len": return .value(.int(Int64(try await items(of: arguments[0] ?? .none)?.count ?? 0)))
        case "list": return .list(try await items(of: arguments[0] ?? .list([])) ?? [])
        case "tuple": return .tuple(try await items(of: arguments[0] ?? .list([])) ?? [])
        case "set": return .set(try unique(try await items(of: arguments[0] ?? .list([])) ?? []))
        case "sorted":
            let items = try await items(of: arguments[0] ?? .none) ?? []
            let sorted = try items.map { ($0, try Comparison.canonical($0)) }.sorted { Comparison.precedes($0.1, $1.1) }
            return .list((arguments["reverse"]?.bool == true ? sorted.reversed() : sorted).map(\.0))
        case "sum":
            let items = try await items(of: arguments[0] ?? .none) ?? []
            return .value(.int(items.reduce(0) { $0 + Int64($1.int ?? 0) }))
        case "bool": return .value(.bool(try await isTrue(arguments[0] ?? .none)))
        case "dict":
            var items = arguments.named.map { (key: Py.value(.text($0.name)), value: $0.value) }
            if case .dict(let more)? = arguments[0] {
                items = more + items
            } else if let first = arguments[0] {
                for pair in try await self.items(of: first) ?? [] {
                    if let parts = pair.items, parts.count == 2 { items.append((parts[0], parts[1])) }
                }
            }
            return .dict(items)
        case "str": return .value(.text(try text(of: arguments[0] ?? .none)))
        case "int":
            guard let value = arguments[0] else { return .value(.int(0)) }
            return .value(try plain(value).prepared(for: .integer))
        case "chr":
            return (arguments[0]?.int).flatMap { Unicode.Scalar(UInt32($0)) }.map {
                .value(.text(String(Character($0))))
            }
        case "type": return .global(typeName(arguments[0] ?? .none))
        case "isinstance": return .value(.bool(isInstance(arguments[0] ?? .none, arguments[1] ?? .none)))
        case "hasattr":
            do {
                _ = try await attribute(arguments[1]?.string ?? "", of: arguments[0] ?? .none)
                return .value(.bool(true))
            } catch let error where ["AttributeError", "RelatedObjectDoesNotExist"].contains(PyError.name(of: error)) {
                return .value(.bool(false))
            }
        case "getattr":
            do {
                return try await attribute(arguments[1]?.string ?? "", of: arguments[0] ?? .none)
            } catch let error where ["AttributeError", "RelatedObjectDoesNotExist"].contains(PyError.name(of: error)) {
                guard let other = arguments[2] else { throw error }
                return other
            }
        case "D", "Decimal":
            return .value(try plain(arguments[0] ?? .none).prepared(for: .decimal(digits: 38, places: 20)))
        case "date":
            guard let year = arguments.get(0, "year")?.int, let month = arguments.get(1, "month")?.int,
                let day = arguments.get(2, "day")?.int, let value = Day(year: year, month: month, day: day)
            else { throw PyError("ValueError", "no such day") }
            return .value(.day(value))
        case "dt", "datetime":
            guard
                let day = Day(year: arguments[0]?.int ?? 0, month: arguments[1]?.int ?? 0, day: arguments[2]?.int ?? 0)
            else { throw PyError("ValueError", "no such day") }
            return .value(.timestamp(Timestamp(day, try clock(arguments, from: 3))))
        case "time": return .value(.time(try clock(arguments, from: 0)))
        case "timedelta":
            let units: [(String, Int64)] = [
                ("days", 86_400_000_000), ("seconds", 1_000_000), ("microseconds", 1), ("milliseconds", 1000),
                ("minutes", 60_000_000), ("hours", 3_600_000_000), ("weeks", 604_800_000_000),
            ]
            var length: Int64 = 0
            for (index, (unit, size)) in units.enumerated() {
                length += Int64(arguments.get(index, unit)?.int ?? 0) * size
            }
            return .value(.duration(length))
        case "UUID":
            if let text = arguments.get(0, "hex")?.string, let id = UUID(hyphenless: text) { return .value(.uuid(id)) }
            return try uuid(arguments["int"])
        default: return nil
        }
    }

    private func clock(_ arguments: Arguments, from index: Int) throws -> ClockTime {
        let names = ["hour", "minute", "second", "microsecond"]
        let parts = names.enumerated().map { arguments.get(index + $0.offset, $0.element)?.int ?? 0 }
        guard let time = ClockTime(hour: parts[0], minute: parts[1], second: parts[2], microsecond: parts[3]) else {
            throw PyError("ValueError", "no such time")
        }
        return time
    }

    private func uuid(_ given: Py?) throws -> Py {
        let number: Int128
        switch given {
        case .value(.int(let small))?: number = Int128(small)
        case .value(.decimal(let big))? where big.places == 0: number = big.digits
        default: throw PyError("TypeError", "UUID()")
        }
        let hex = String(number, radix: 16)
        guard let id = UUID(hyphenless: String(repeating: "0", count: 32 - hex.utf8.count) + hex) else {
            throw PyError("ValueError", "UUID()")
        }
        return .value(.uuid(id))
    }

    func plain(_ value: Py) throws -> Value {
        guard case .value(let value) = value else { throw PyError("TypeError", "not a plain value") }
        return value
    }

    func text(of value: Py) throws -> String {
        switch value {
        case .value(.null): "None"
        case .value(let value): value.plainText
        case .instance(let instance): instance.record["name"]?.plainText ?? instance.record["title"]?.plainText ?? ""
        default: throw PyError("Unsupported", "str()")
        }
    }

    private func typeName(_ value: Py) -> String {
        switch value {
        case .list: "list"
        case .tuple: "tuple"
        case .dict: "dict"
        case .set: "set"
        case .query: "QuerySet"
        case .instance(let instance): instance.record.model.declaration.name
        case .value(let value):
            switch value {
            case .null: "NoneType"
            case .bool: "bool"
            case .int: "int"
            case .double: "float"
            case .text: "str"
            case .bytes: "bytes"
            case .decimal: "Decimal"
            case .day: "date"
            case .timestamp: "datetime"
            case .time: "time"
            case .duration: "timedelta"
            case .uuid: "UUID"
            case .json, .list: "object"
            }
        default: "object"
        }
    }

    private func isInstance(_ value: Py, _ type: Py) -> Bool {
        switch type {
        case .global("EmptyQuerySet"): if case .query(let set) = value { set.isNone } else { false }
        case .global(let name): typeName(value) == name
        case .model(let model):
            if case .instance(let instance) = value {
                instance.record.model.id == model.id || instance.record.model.parents.contains { $0.model == model.id }
            } else {
                false
            }
        case .tuple(let types): types.contains { isInstance(value, $0) }
        default: false
        }
    }

    func unique(_ items: [Py]) throws -> [Py] {
        var seen: Set<JSON> = []
        return try items.filter { seen.insert(try Comparison.canonical($0)).inserted }
    }
}
