// SPDX-License-Identifier: Apache-2.0

/// A compiled `aggregate()`: one row, with a column for each name.
package struct AggregatePlan: Sendable {
    package var plan: QueryPlan
    package var names: [String]
    /// The answer without asking, if it is known that there is no row.
    package var known: [Value]?
}

extension Planner {
    /// The number of rows of a query.
    package func count(_ tree: QueryTree) throws -> AggregatePlan {
        try aggregate(tree, [("__count", .aggregate(AggregateCall(.count, .star)))])
    }

    /// Aggregates over all rows of a query.
    package func aggregate(_ tree: QueryTree, _ aggregates: [(name: String, expression: QueryExpression)]) throws
        -> AggregatePlan
    {
        try aggregate(try resolve(tree), aggregates)
    }

    /// Django's `get_aggregation`.
    func aggregate(_ select: Select, _ aggregates: [(name: String, expression: QueryExpression)]) throws
        -> AggregatePlan
    {
        guard !select.distinctFieldsForbidAggregates else {
            throw ModelError(.unsupported, "aggregate() + distinct(fields) not implemented.")
        }
        var resolved: [(name: String, node: Node)] = []
        let mask = select.annotationMask
        for (name, expression) in aggregates {
            if name != "__count" { try Select.check(alias: name) }
            let node = try select.resolve(expression, reuse: nil, summarize: true).mapping { node in
                // An aggregate may name one before it.
                if case .reference(let other, _) = node { resolved.first { $0.name == other }?.node } else { nil }
            }
            guard node.containsAggregate else {
                throw ModelError(.type, "\(name) is not an aggregate expression")
            }
            resolved.append((name, node))
            select.setAnnotation(name, node, select: true)
        }
        select.annotations.removeAll { annotation in aggregates.contains { $0.name == annotation.name } }
        select.annotationMask = mask
        var referred: [Node] = []
        for (_, node) in resolved { referred += node.references }
        let condition = select.condition
        let hasAggregates =
            select.annotations.contains { $0.node.containsAggregate } || condition.containsAggregate
        let needsSubquery =
            select.hasGroups || select.isSliced || hasAggregates || select.isDistinct || select.compound != nil
            || condition.containsWindow || referred.contains { $0.containsSubquery || $0.containsWindow }
        let names = resolved.map(\.name)
        if select.isNeverMatching {
            let known = try resolved.map { try $0.node.emptyValue() }
            if !known.contains(nil) {
                let plan = QueryPlan(
                    statement: Statement(sql: ""), kinds: [], rows: .values([]), prefetches: [], model: select.model,
                    isEmpty: true)
                return AggregatePlan(plan: plan, names: names, known: known.compactMap { $0 })
            }
        }
        let writer =
            needsSubquery
            ? try aggregateOverSubquery(select, &resolved, hasAggregates: hasAggregates)
            : try aggregateDirectly(select, resolved)
        let plan = QueryPlan(
            statement: try statement(writer), kinds: resolved.map(\.node.kind),
            rows: .values(names.enumerated().map { ($1, [$0]) }), prefetches: [], model: select.model)
        return AggregatePlan(plan: plan, names: names)
    }

    private func aggregateDirectly(_ select: Select, _ aggregates: [(name: String, node: Node)]) throws -> SQLWriter {
        let plain = aggregates.map { name, node in
            (name, node.mapping { if case .reference(_, let inner) = $0 { inner } else { nil } })
        }
        select.annotations = plain
        select.annotationMask = nil
        select.columns = []
        select.selected = plain.map(\.0)
        select.related = .none
        select.extraNames = []
        select.order = []
        select.extra.order = []
        select.usesDefaultOrder = false
        select.grouping = .none
        select.lock = nil
        return try compiler().select(select).writer
    }

    private func aggregateOverSubquery(
        _ select: Select, _ aggregates: inout [(name: String, node: Node)], hasAggregates: Bool
    ) throws -> SQLWriter {
        select.lock = nil
        select.related = .none
        if !select.isSliced, select.distinctOn.isEmpty {
            select.order = []
            select.extra.order = []
            select.usesDefaultOrder = false
        }
        let isDefault = !select.isValues
        var needed: Set<String> = []
        for (_, node) in aggregates { needed.formUnion(node.referenceNames) }
        if !select.isDistinct, select.compound == nil {
            if isDefault, hasAggregates {
                select.grouping = .by([.node(select.column(select.model.primaryKey, of: select.base()))])
            }
            if isDefault {
                select.columns = []
                select.selected = nil
            }
            if !select.condition.containsWindow {
                var kept = needed
                if case .by(let terms) = select.grouping {
                    for case .annotation(let name) in terms { kept.insert(name) }
                }
                for (name, node) in select.selectedAnnotations where !node.groupColumns.isEmpty { kept.insert(name) }
                select.annotationMask = kept
                select.selected = select.selected?.filter { kept.contains($0) || select.annotation($0) == nil }
            }
        }
        var columns: [(key: SQLWriter, name: String, node: Node)] = []
        let compiler = try compiler()
        if select.compound == nil {
            for index in aggregates.indices {
                aggregates[index].node = try aggregates[index].node.mapping { node in
                    guard case .column = node else { return nil }
                    var key = SQLWriter()
                    try compiler.write(node, into: &key)
                    if let known = columns.first(where: { $0.key == key }) { return .reference(known.name, node) }
                    let name = "__col\(columns.count + 1)"
                    columns.append((key, name, node))
                    return .reference(name, node)
                }
            }
            for (_, name, node) in columns { select.setAnnotation(name, node, select: true) }
        }
        if isDefault, !select.isDistinct, select.compound == nil, select.selectedAnnotations.isEmpty {
            select.columns = [("pk", select.column(select.model.primaryKey, of: select.base()))]
        }
        let inner = try compiler.select(select, named: true)
        var writer = SQLWriter()
        writer.write("SELECT ")
        for (index, aggregate) in aggregates.enumerated() {
            if index > 0 { writer.write(", ") }
            try compiler.dialect.write(output: aggregate.node, compiler, &writer)
        }
        writer.write(" FROM (")
        writer.write(inner.writer)
        writer.write(") \"subquery\"")
        return writer
    }
}

extension Select {
    var hasGroups: Bool { if case .by = grouping { true } else { false } }
    var distinctFieldsForbidAggregates: Bool { false }
}

extension Node {
    /// What annotations it refers to by name.
    var references: [Node] {
        if case .reference(_, let node) = self { [node] } else { children.flatMap(\.references) }
    }

    var referenceNames: [String] {
        if case .reference(let name, _) = self { [name] } else { children.flatMap(\.referenceNames) }
    }

    /// What an aggregate of no row gives; nil if only the database knows.
    func emptyValue() throws -> Value? {
        switch self {
        case .aggregate(let aggregate):
            if aggregate.function == .count { return .int(0) }
            if let other = aggregate.defaultValue {
                if case .value(let value, _) = other { return try value.prepared(for: aggregate.kind) }
                return nil
            }
            return .null
        case .value(let value, _): return value
        case .function(let shape, let arguments, _, _) where shape.name == "Coalesce":
            for argument in arguments {
                guard let value = try argument.emptyValue() else { return nil }
                if !value.isNull { return value }
            }
            return .null
        default: return nil
        }
    }
}
