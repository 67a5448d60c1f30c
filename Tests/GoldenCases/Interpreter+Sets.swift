// SPDX-License-Identifier: Apache-2.0

import SluiceModels

extension Interpreter {
    /// The rows of a manager, as a set that was not asked for.
    func querySet(_ manager: Manager) throws -> QuerySet {
        var tree = QueryTree(manager.model.label)
        tree.database = manager.database
        switch manager.kind {
        case .objects: break
        case .reverse(let instance, let reverse):
            let record = instance.record
            guard !record.isNew || !record.key.isNull else {
                throw PyError(
                    "ValueError", "instance needs to have a primary key value before this relationship can be used.")
            }
            tree.database = tree.database ?? record.database
            tree = tree.filter(
                .lookup(
                    LookupPath([reverse.field.name]),
                    .object(model: record.model.label, key: try storedKey(reverse.field, record), fields: [:])))
        case .many(let instance, let many):
            guard !instance.record.key.isNull else {
                throw PyError(
                    "ValueError",
                    "instance needs to have a value for its key before this many-to-many relationship can be used.")
            }
            tree.database = tree.database ?? instance.record.database
            tree = tree.adding(
                .stickyFilter(
                    .compare(
                        LookupPath([many.queryName]), transforms: [], "exact",
                        .value(instance.record[many.ownKey.attribute] ?? .null))))
        }
        if tree.database == "default" { tree.database = nil }
        return QuerySet(tree)
    }

    func storedKey(_ field: FieldSchema, _ record: Record) throws -> Value {
        guard let relation = field.relation else { return record.key }
        return record[relation.targetField] ?? record.key
    }

    /// Asks for the rows of a set, and remembers them.
    func rows(of set: QuerySet) async throws -> [Py] {
        if set.isIterator {
            if set.isExhausted { return [] }
            set.isExhausted = true
        }
        if let cache = set.cache { return cache }
        let rows = try await ask(set)
        if !set.isIterator { set.cache = rows }
        return rows
    }

    /// Asks without remembering.
    func ask(_ set: QuerySet) async throws -> [Py] {
        if set.rows == .objects { return try await store.fetch(set.tree).map { .instance(Instance($0)) } }
        let (names, rows) = try await store.values(set.tree)
        return rows.map { row in
            let values = row.map(unpacked)
            switch set.rows {
            case .flat: return values.first ?? .none
            case .dictionaries:
                return .dict(zip(names, values).map { (key: .value(.text($0)), value: $1) })
            default: return .tuple(values)
            }
        }
    }

    func unpacked(_ value: Value) -> Py {
        if case .list(let parts) = value { .tuple(parts.map(unpacked)) } else { .value(value) }
    }

    /// What a loop goes through.
    func items(of value: Py) async throws -> [Py]? {
        switch value {
        case .query(let set): try await rows(of: set)
        case .manager(let manager): try await rows(of: querySet(manager))
        case .dict(let items): items.map(\.key)
        case .value(.list(let values)): values.map(unpacked)
        case .value(.json(.array(let values))): values.map { .value(.json($0)) }
        case .value(.text(let text)): text.unicodeScalars.map { .value(.text(String($0))) }
        default: value.items
        }
    }

    // MARK: Slices and positions

    func slice(_ owner: Py, _ bounds: [Py]) async throws -> Py {
        guard bounds.count == 3 else { throw PyError("TypeError", "slice") }
        let step = bounds[2].int
        guard case .query(let set) = owner else {
            guard let items = try await items(of: owner) else { throw PyError("TypeError", "not subscriptable") }
            let (start, end) = range(bounds, items.count)
            return .list(stride(from: start, to: max(start, end), by: max(1, step ?? 1)).map { items[$0] })
        }
        let start = bounds[0].int
        let end = bounds[1].int
        guard (start ?? 0) >= 0, (end ?? 0) >= 0 else {
            throw PyError("ValueError", "Negative indexing is not supported.")
        }
        if let cache = set.cache {
            let (start, end) = range(bounds, cache.count)
            return .list(stride(from: start, to: max(start, end), by: max(1, step ?? 1)).map { cache[$0] })
        }
        let sliced = set.adding(.slice(offset: start ?? 0, limit: end.map { max(0, $0 - (start ?? 0)) }))
        guard let step, step != 1 else { return .query(sliced) }
        let rows = try await rows(of: sliced)
        return .list(stride(from: 0, to: rows.count, by: max(1, step)).map { rows[$0] })
    }

    private func range(_ bounds: [Py], _ count: Int) -> (Int, Int) {
        func bound(_ value: Py, _ other: Int) -> Int {
            guard let number = value.int else { return other }
            return min(max(number < 0 ? count + number : number, 0), count)
        }
        return (bound(bounds[0], 0), bound(bounds[1], count))
    }

    func item(_ index: Py, of owner: Py) async throws -> Py {
        switch owner {
        case .query(let set):
            guard let position = index.int else { throw PyError("TypeError", "indices must be integers") }
            guard position >= 0 else { throw PyError("ValueError", "Negative indexing is not supported.") }
            if let cache = set.cache {
                guard position < cache.count else { throw PyError("IndexError", "list index out of range") }
                return cache[position]
            }
            let found = try await ask(set.adding(.slice(offset: position, limit: 1)))
            guard let first = found.first else { throw PyError("IndexError", "list index out of range") }
            return first
        case .dict(let items):
            let wanted = try Comparison.canonical(index)
            for (key, value) in items where try Comparison.canonical(key) == wanted { return value }
            throw PyError("KeyError", "\(wanted)")
        case .value(.json(.object(let members))):
            guard let value = members[index.string ?? ""] else { throw PyError("KeyError", index.string ?? "") }
            return .value(Interpreter.plain(value))
        case .global("connections"): return .global("connection:\(index.string ?? "")")
        default:
            guard let items = try await items(of: owner), let position = index.int else {
                throw PyError("TypeError", "not subscriptable")
            }
            let place = position < 0 ? items.count + position : position
            guard items.indices.contains(place) else { throw PyError("IndexError", "list index out of range") }
            return items[place]
        }
    }

    static func plain(_ json: JSONValue) -> Value {
        switch json {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(number)
        case .double(let number): .double(number)
        case .string(let text): .text(text)
        default: .json(json)
        }
    }
}
