// SPDX-License-Identifier: Apache-2.0

extension Select {
    /// The names of look-ups on relations.
    private static let relationLookups: Set<String> = ["exact", "in", "gt", "gte", "lt", "lte", "isnull"]
    private static let plainLookups: Set<String> = [
        "exact", "iexact", "gt", "gte", "lt", "lte", "in", "range", "isnull", "contains", "icontains", "startswith",
        "istartswith", "endswith", "iendswith", "regex", "iregex",
    ]
    private static let jsonLookups: Set<String> = ["contained_by", "has_key", "has_keys", "has_any_keys"]

    /// Functions that a look-up may name.
    private static let transformFunctions = [
        "date": "TruncDate", "time": "TruncTime", "lower": "Lower", "upper": "Upper", "length": "Length",
        "trim": "Trim", "ltrim": "LTrim", "rtrim": "RTrim", "abs": "Abs",
    ]

    /// What a comparison's right side is.
    func resolve(_ operand: Operand, reuse: JoinReuse?) throws -> Lookup.Right {
        switch operand {
        case .value(let value): return .value(value)
        case .expression(let expression):
            let node = try resolve(expression, reuse: reuse)
            if case .subquery(let select, _) = node { return .query(select) }
            return .node(node)
        case .query(let tree): return .query(try subselect(tree, reuse: reuse))
        case .object(_, let key, _):
            guard !key.isNull else {
                throw ModelError(.value, "Objects that were not saved cannot be used in a query.")
            }
            return .value(key)
        case .list(let parts):
            let resolved = try parts.map { try resolve($0, reuse: reuse) }
            let values = resolved.compactMap { if case .value(let value) = $0 { value } else { nil } }
            return values.count == resolved.count ? .value(.list(values)) : .list(resolved)
        }
    }

    func makeLookup(_ steps: [String], _ left: Node, _ right: Lookup.Right) throws -> Condition {
        try makeLookup(steps.map(Transform.named), left, right)
    }

    /// A comparison: transforms of the left side, then a look-up (Django's `build_lookup`).
    func makeLookup(
        _ steps: [Transform], _ left: Node, _ right: Lookup.Right, relation: ResolvedPath? = nil
    ) throws -> Condition {
        var left = left
        var transforms = steps
        var name = "exact"
        if case .named(let last)? = steps.last, isLookup(last, on: try transformedKind(left, steps.dropLast())) {
            name = last
            transforms.removeLast()
        }
        if relation != nil {
            guard transforms.isEmpty, Self.relationLookups.contains(name) else {
                throw ModelError(.field, "Related Field got invalid lookup: \(name)")
            }
        }
        if transforms.count == 1, case .named(let part) = transforms[0],
            let bounds = try yearBounds(part, name, left, right)
        {
            return bounds
        }
        for transform in transforms { left = try self.transform(left, transform) }
        return try finish(name, left, right, relation: relation)
    }

    private func transformedKind(_ node: Node, _ steps: ArraySlice<Transform>) throws -> FieldKind? {
        var node = node
        for step in steps { node = try transform(node, step) }
        return node.kind
    }

    private func isLookup(_ name: String, on kind: FieldKind?) -> Bool {
        Self.plainLookups.contains(name) || (kind == .json && Self.jsonLookups.contains(name))
    }

    /// A year is compared by its first and last day, so that an index on the column serves.
    private func yearBounds(_ part: String, _ name: String, _ left: Node, _ right: Lookup.Right) throws -> Condition? {
        guard part == "year", ["exact", "gt", "gte", "lt", "lte"].contains(name), case .value(let value) = right,
            let kind = left.kind, kind == .date || kind == .dateTime,
            case .int(let year) = try value.prepared(for: .integer),
            let first = Day(year: Int(year), month: 1, day: 1), let last = Day(year: Int(year), month: 12, day: 31)
        else { return nil }
        let isDay = kind == .date
        let start: Value = isDay ? .day(first) : .timestamp(Timestamp(first))
        let end: Value =
            isDay
            ? .day(last) : .timestamp(Timestamp(microseconds: Timestamp(Day(number: last.number + 1)).microseconds - 1))
        switch name {
        case "exact": return .lookup(Lookup(name: "range", left: left, right: .value(.list([start, end]))))
        case "gt": return .lookup(Lookup(name: "gt", left: left, right: .value(end)))
        case "gte": return .lookup(Lookup(name: "gte", left: left, right: .value(start)))
        case "lt": return .lookup(Lookup(name: "lt", left: left, right: .value(start)))
        case "lte": return .lookup(Lookup(name: "lte", left: left, right: .value(end)))
        default: return nil
        }
    }

    /// One step on a value: a part of a date, a function, a key of JSON.
    func transform(_ node: Node, _ step: Transform) throws -> Node {
        switch step {
        case .key(let key): return member(key, of: node)
        case .named(let name):
            let kind = node.kind
            if kind == .json { return member(name, of: node) }
            if let part = DatePart.byLookup[name], kind == .date || kind == .dateTime || kind == .time || kind == nil,
                let shape = FunctionShape.named("Extract\(part.rawValue)")
            {
                return .function(shape, [node], .integer, zone: nil)
            }
            if let function = Self.transformFunctions[name], let shape = FunctionShape.named(function),
                kind == nil || !(name == "date" || name == "time") || kind == .dateTime
            {
                return .function(shape, [node], shape.kind(of: [node]), zone: nil)
            }
            throw ModelError(.field, "Unsupported lookup '\(name)' for this field or join on the field not permitted.")
        }
    }

    private func member(_ key: String, of node: Node) -> Node {
        if case .key(let inner, let path, let asText) = node { return .key(inner, path + [key], asText: asText) }
        return .key(node, [key], asText: false)
    }

    private func finish(_ name: String, _ left: Node, _ right: Lookup.Right, relation: ResolvedPath?) throws
        -> Condition
    {
        let kind = left.kind
        switch (name, right) {
        case ("isnull", .value(.bool)): return .lookup(Lookup(name: name, left: left, right: right))
        case ("isnull", _): throw ModelError(.value, "The value of an isnull lookup must be true or false.")
        case ("exact", .value(.null)), ("iexact", .value(.null)):
            if kind == .json, name == "exact" {
                return .lookup(Lookup(name: name, left: left, right: .value(.json(.null))))
            }
            return .lookup(Lookup(name: "isnull", left: left, right: .value(true)))
        case (_, .value(.null)): throw ModelError(.value, "Cannot use None as a query value")
        case ("in", _), ("range", _): return try finishSet(name, left, right, relation: relation)
        case (_, .query(let select)):
            try select.makeScalar(for: relation)
            return .lookup(Lookup(name: name, left: left, right: .query(select)))
        case (_, .value(let value)):
            return .lookup(Lookup(name: name, left: left, right: .value(try prepare(value, for: left, name))))
        case (_, .node), (_, .list): return .lookup(Lookup(name: name, left: left, right: right))
        }
    }

    private func finishSet(_ name: String, _ left: Node, _ right: Lookup.Right, relation: ResolvedPath?) throws
        -> Condition
    {
        switch right {
        case .query(let select):
            try select.makeColumn(for: relation)
            return .lookup(Lookup(name: name, left: left, right: .query(select)))
        case .value(.list(let values)):
            var prepared: [Value] = []
            for value in values {
                if value.isNull {
                    if name == "range" { throw ModelError(.value, "Cannot use None as a query value") }
                    continue
                }
                let value = try prepare(value, for: left, name)
                prepared.append(value)
            }
            if name == "range" {
                guard prepared.count == 2 else { throw ModelError(.value, "range needs two values") }
            } else if prepared.isEmpty {
                return .never
            }
            return .lookup(Lookup(name: name, left: left, right: .value(.list(prepared))))
        case .list(let parts):
            let prepared = try parts.map { part -> Lookup.Right in
                if case .value(let value) = part { .value(try prepare(value, for: left, name)) } else { part }
            }
            return .lookup(Lookup(name: name, left: left, right: .list(prepared)))
        default: throw ModelError(.type, "\(name) needs several values or a query")
        }
    }

    /// A value as the left side stores it.
    private func prepare(_ value: Value, for left: Node, _ name: String) throws -> Value {
        switch name {
        case "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "regex", "iregex":
            if left.kind == .json, case .key = left { return .text(value.plainText) }
            if left.kind == .json { return .json(try value.jsonValue()) }
            return .text(value.plainText)
        case "iexact": return left.kind == .json ? .text(value.plainText) : .text(value.plainText)
        case "has_key", "has_keys", "has_any_keys": return value
        case "contained_by": return .json(try value.jsonValue())
        default:
            if case .row(let nodes) = left {
                guard case .list(let parts) = value, parts.count == nodes.count else {
                    throw ModelError(.value, "a key of \(nodes.count) fields needs so many values")
                }
                return .list(
                    try zip(parts, nodes).map { part, node in
                        try node.kind.map { try part.prepared(for: $0) } ?? part
                    })
            }
            guard let kind = left.kind else { return value }
            if kind.isInteger, name != "exact", name != "in", case .double = value { return value }
            return try value.prepared(for: kind)
        }
    }

    // MARK: Queries on the right side

    /// Makes it a query of one column for `in`.
    func makeColumn(for relation: ResolvedPath?) throws {
        if !isValues, compound == nil {
            var target: FieldSchema? = model.primaryKey
            if let relation, let field = relation.targets.first {
                if !relation.model.parents.map(\.model).contains(model.concrete),
                    relation.model.concrete != model.concrete,
                    !model.parents.map(\.model).contains(relation.model.concrete)
                {
                    throw ModelError(
                        .value,
                        "Cannot use a query for \"\(model.declaration.name)\": use one for \"\(relation.model.declaration.name)\"."
                    )
                }
                if !field.isPrimaryKey { target = field }
            }
            if let target { try setValues([.path(LookupPath([target.name]))]) }
        }
        if !isSliced, distinctOn.isEmpty {
            order = []
            usesDefaultOrder = false
        }
        if let columns, columns.count + (selected == nil ? 0 : 0) > 1, columns.count != model.keyFields.count {
            throw ModelError(.value, "The query of an 'in' lookup must have one column.")
        }
    }

    /// Makes it a query of one value for `exact` and the comparisons.
    func makeScalar(for relation: ResolvedPath?) throws {
        if !isValues, compound == nil {
            guard limit == 1 else {
                throw ModelError(.value, "The query of an exact lookup must be limited to one result using slicing.")
            }
            try setValues([.path(LookupPath(["pk"]))])
        }
    }

    /// Makes it a query that only says whether there is a row.
    func makeExistence() {
        isExistence = true
        if !isSliced {
            order = []
            usesDefaultOrder = false
        }
    }

    /// What a subquery's only column is.
    func singleKind() throws -> FieldKind? {
        if let compound { return try compound.parts[0].singleKind() }
        let nodes = outputNodes
        if !isValues, selectedAnnotations.isEmpty, model.fields.count == 1 { return model.fields[0].kind }
        guard nodes.count == 1 else {
            throw ModelError(.field, "Cannot resolve expression type: a subquery must have one column.")
        }
        return nodes[0].kind
    }

    /// The columns of a query of values.
    var outputNodes: [Node] { (columns?.map(\.node) ?? []) + selectedAnnotations.map(\.node) }
}
