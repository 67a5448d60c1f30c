// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import JSONTree
import SluiceModels

/// Runs the neutral trees of cases through the look-ups by text of the data layer.
final class Interpreter {
    let store: RecordStore
    let app: String
    var names: [String: Py] = [:]
    var savepoints = 0

    init(store: RecordStore, app: String) {
        self.store = store
        self.app = app
    }

    var schema: Schema { store.schema }

    /// The value of the last statement.
    func run(_ statements: [JSON]) async throws -> Py {
        var last = Py.none
        for statement in statements {
            if let name = statement["set"]?.string, let value = statement["to"] {
                try await assign(name, try await evaluate(value))
            } else if let value = statement["do"] {
                last = try await evaluate(value)
            } else {
                throw PyError("Unsupported", "a statement of an unknown form")
            }
        }
        return last
    }

    private func assign(_ target: String, _ value: Py) async throws {
        if target.hasPrefix("(") {
            let targets = target.dropFirst().dropLast().split(separator: ",").map { $0.filter { $0 != " " } }
            guard let items = try await self.items(of: value), items.count == targets.count else {
                throw PyError("ValueError", "cannot unpack")
            }
            for (target, item) in zip(targets, items) { try await assign(String(target), item) }
            return
        }
        let parts = target.replacing("[", with: ".[").split(separator: ".").map(String.init)
        guard parts.count > 1 else {
            names[target] = value
            return
        }
        var owner = names[parts[0]] ?? .none
        for part in parts.dropFirst().dropLast() {
            if part == "_state" { break }
            if part.hasPrefix("["), let index = Int64(part.dropFirst().dropLast()) {
                owner = try await item(.value(.int(index)), of: owner)
            } else {
                owner = try await attribute(part, of: owner)
            }
        }
        guard case .instance(let instance) = owner else { throw PyError("AttributeError", "cannot set \(target)") }
        if parts.contains("_state") {
            if parts.last == "adding" { instance.record.isNew = value.bool ?? false }
            return
        }
        try await set(parts[parts.count - 1], of: instance, to: value)
    }

    // MARK: Expressions

    func evaluate(_ tree: JSON) async throws -> Py {
        switch tree {
        case .null: return .none
        case .bool(let flag): return .value(.bool(flag))
        case .int(let number): return .value(.int(Int64(number)))
        case .double(let number): return .value(.double(number))
        case .string(let text): return .value(.text(text))
        case .array(let items):
            var values: [Py] = []
            for item in items { values.append(try await evaluate(item)) }
            return .list(values)
        case .object: return try await evaluate(node: tree)
        }
    }

    private func evaluate(node tree: JSON) async throws -> Py {
        if tree["py"] != nil { throw PyError("Unsupported", "raw Python") }
        if let name = tree["name"]?.string { return try lookUp(name) }
        if let digits = tree["$decimal"]?.string, let number = ExactDecimal(digits) { return .value(.decimal(number)) }
        if let items = tree["list"]?.array { return .list(try await evaluateAll(items)) }
        if let items = tree["tuple"]?.array { return .tuple(try await evaluateAll(items)) }
        if let pairs = tree["dict"]?.array {
            var items: [(key: Py, value: Py)] = []
            for pair in pairs {
                guard let pair = pair.array, pair.count == 2 else { continue }
                let value = try await evaluate(pair[1])
                if pair[0] == .null, case .dict(let more) = value {
                    items += more
                } else {
                    items.append((try await evaluate(pair[0]), value))
                }
            }
            return .dict(items)
        }
        if let text = tree["bytes"]?.string {
            return .value(.bytes(Data(base64Encoded: text).map { Array($0) } ?? []))
        }
        if tree["call"] != nil { return try await call(tree) }
        if let name = tree["attr"]?.string, let owner = tree["of"] {
            return try await attribute(name, of: try await evaluate(owner))
        }
        if let bounds = tree["slice"]?.array, let owner = tree["of"] {
            return try await slice(try await evaluate(owner), try await evaluateAll(bounds))
        }
        if let index = tree["index"], let owner = tree["of"] {
            return try await item(try await evaluate(index), of: try await evaluate(owner))
        }
        if let name = tree["op"]?.string { return try await operate(name, tree) }
        throw PyError("Unsupported", "a node of an unknown form")
    }

    func evaluateAll(_ items: [JSON]) async throws -> [Py] {
        var values: [Py] = []
        for item in items {
            if let star = item["star"] {
                values += try await self.items(of: try await evaluate(star)) ?? []
            } else {
                values.append(try await evaluate(item))
            }
        }
        return values
    }

    private func lookUp(_ name: String) throws -> Py {
        if let value = names[name] { return value }
        if let model = schema.model("\(app).\(name)") { return .model(model) }
        return .global(name)
    }

    private func operate(_ name: String, _ tree: JSON) async throws -> Py {
        if let operand = tree["v"] {
            let value = try await evaluate(operand)
            switch (name, value) {
            case ("Invert", .predicate(let predicate)): return .predicate(.not(predicate))
            case ("Invert", .expression(let expression)): return .predicate(.not(.boolean(expression)))
            case ("USub", .value(.int(let number))): return .value(.int(-number))
            case ("USub", .value(.double(let number))): return .value(.double(-number))
            case ("USub", .value(.decimal(let number))):
                return .value(.decimal(ExactDecimal(digits: -number.digits, places: number.places)))
            case ("USub", .value(.duration(let length))): return .value(.duration(-length))
            case ("USub", .expression(let expression)):
                return .expression(.arithmetic(expression, .multiply, .value(-1)))
            case ("Not", _): return .value(.bool(try await !isTrue(value)))
            default: throw PyError("Unsupported", "operator \(name)")
            }
        }
        guard let left = tree["l"], let right = tree["r"] else { throw PyError("Unsupported", "operator \(name)") }
        return try await combine(name, try await evaluate(left), try await evaluate(right))
    }

    private func combine(_ name: String, _ left: Py, _ right: Py) async throws -> Py {
        if let first = predicate(left), let second = predicate(right) {
            switch name {
            case "BitOr": return .predicate(first.isEmpty ? second : second.isEmpty ? first : .or([first, second]))
            case "BitAnd": return .predicate(first.isEmpty ? second : second.isEmpty ? first : .and([first, second]))
            case "BitXor": return .predicate(.xor([first, second]))
            default: break
            }
        }
        if case .query(let first) = left, case .query(let second) = right, name == "BitOr" || name == "BitAnd" {
            return .query(QuerySet(first.tree.adding(.merge(isOr: name == "BitOr", second.tree)), rows: first.rows))
        }
        let operators: [String: ArithmeticOperator] = [
            "Add": .add, "Sub": .subtract, "Mult": .multiply, "Div": .divide, "Mod": .modulo, "Pow": .power,
        ]
        if isExpression(left) || isExpression(right), let sign = operators[name] {
            return .expression(.arithmetic(try expression(left), sign, try expression(right)))
        }
        switch (name, left, right) {
        case ("Add", .value(.int(let a)), .value(.int(let b))): return .value(.int(a + b))
        case ("Sub", .value(.int(let a)), .value(.int(let b))): return .value(.int(a - b))
        case ("Mult", .value(.decimal(let a)), .value(.int(let b))),
            ("Mult", .value(.int(let b)), .value(.decimal(let a))):
            return .value(.decimal(ExactDecimal(digits: a.digits * Int128(b), places: a.places)))
        case ("Mult", .value(.int(let a)), .value(.int(let b))): return .value(.int(a * b))
        case ("Pow", .value(.int(let a)), .value(.int(let b))):
            return .value(.int((0..<max(0, b)).reduce(1) { product, _ in product * a }))
        case ("Add", .value(.text(let a)), .value(.text(let b))): return .value(.text(a + b))
        case ("Add", .list(let a), .list(let b)): return .list(a + b)
        case ("Sub", _, _):
            if let first = left.items, let second = right.items {
                let gone = try second.map(Comparison.canonical)
                return .set(try first.filter { !gone.contains(try Comparison.canonical($0)) })
            }
            throw PyError("Unsupported", "operator \(name)")
        case ("Eq", _, _): return .value(.bool(try Comparison.canonical(left) == Comparison.canonical(right)))
        case ("Mult", .value(.text(let text)), .value(.int(let count))):
            return .value(.text(String(repeating: text, count: Int(max(0, count)))))
        default: throw PyError("Unsupported", "operator \(name)")
        }
    }

    // MARK: Conversions

    func isExpression(_ value: Py) -> Bool {
        switch value {
        case .expression, .named: true
        default: false
        }
    }

    func predicate(_ value: Py) -> QueryPredicate? {
        switch value {
        case .predicate(let predicate): predicate
        case .expression(let expression):
            if case .exists = expression { .boolean(expression) } else { nil }
        default: nil
        }
    }

    /// A value as an expression: texts are data here.
    func expression(_ value: Py) throws -> QueryExpression {
        switch value {
        case .expression(let expression), .named(_, let expression): return expression
        case .predicate(let predicate): return .condition(predicate)
        case .value(let value): return .value(value)
        case .query(let set): return .subquery(set.tree)
        case .instance(let instance): return .value(instance.record.key)
        case .list, .dict: return .value(.json(try json(value)))
        default: throw PyError("TypeError", "not an expression")
        }
    }

    /// An argument of a function: a text is the name of a field.
    func reference(_ value: Py) throws -> QueryExpression {
        if let name = value.string { return name == "*" ? .star : .path(LookupPath(name)) }
        return try expression(value)
    }

    func json(_ value: Py) throws -> JSONValue {
        switch value {
        case .value(let value): return try value.jsonValue()
        case .list(let items), .tuple(let items): return .array(try items.map(json))
        case .dict(let items):
            return .object(
                Dictionary(try items.map { ($0.key.string ?? "\($0.key.int ?? 0)", try json($0.value)) }) { _, last in
                    last
                })
        default: throw PyError("TypeError", "not JSON")
        }
    }

    /// What a look-up compares with.
    func operand(_ value: Py) async throws -> Operand {
        switch value {
        case .value(let value): return .value(value)
        case .expression(.value(let value, let kind)) where kind == nil: return .value(value)
        case .expression(let expression), .named(_, let expression): return .expression(expression)
        case .predicate(let predicate): return .expression(.condition(predicate))
        case .query(let set):
            if let cached = set.cache, set.rows == .objects {
                var parts: [Operand] = []
                for item in cached { parts.append(try await operand(item)) }
                return .list(parts)
            }
            return .query(set.tree)
        case .manager(let manager): return .query(try querySet(manager).tree)
        case .instance(let instance):
            var fields: [String: Value] = [:]
            for (field, value) in zip(instance.record.model.fields, instance.record.values) {
                fields[field.attribute] = value
            }
            return .object(model: instance.record.model.label, key: instance.record.key, fields: fields)
        case .list(let items), .tuple(let items), .set(let items):
            var parts: [Operand] = []
            for item in items { parts.append(try await operand(item)) }
            let values = parts.compactMap { if case .value(let value) = $0 { value } else { nil } }
            return values.count == parts.count ? .value(.list(values)) : .list(parts)
        case .dict: return .value(.json(try json(value)))
        default: throw PyError("TypeError", "not a value of a look-up")
        }
    }

    func isTrue(_ value: Py) async throws -> Bool {
        switch value {
        case .value(.null): false
        case .value(.bool(let flag)): flag
        case .value(.int(let number)): number != 0
        case .value(.text(let text)): !text.isEmpty
        case .list(let items), .tuple(let items), .set(let items): !items.isEmpty
        case .dict(let items): !items.isEmpty
        case .query(let set): try await !rows(of: set).isEmpty
        default: true
        }
    }
}
