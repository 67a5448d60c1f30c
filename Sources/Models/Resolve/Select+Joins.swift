// SPDX-License-Identifier: Apache-2.0

extension Select {
    /// The table of the model itself.
    func base() -> Join {
        if let base = joins.first {
            base.uses += 1
            return base
        }
        let alias = prefix == "T" ? model.table : "\(prefix)0"
        let base = Join(
            alias: alias, model: model, kind: .base, parent: nil, columns: [], isNullable: false, route: nil)
        base.uses = 1
        joins.append(base)
        return base
    }

    /// A join along a step; one that is there already is used again if it may be.
    func join(_ step: PathStep, from parent: Join, reuse: JoinReuse?) throws -> Join {
        let route = Join.Route(
            field: ObjectIdentifier(step.field), isReversed: step.isReversed, name: step.filtered?.name)
        let existing = joins.last {
            $0.parent === parent && $0.route == route && (reuse == nil || reuse?.contains($0) == true)
        }
        if let existing {
            existing.uses += 1
            return existing
        }
        let (own, other) = try step.fields(schema)
        let isNullable = step.isReversed || step.field.isNull
        let join = Join(
            alias: alias(for: step), model: step.to, kind: parent.kind == .outer || isNullable ? .outer : .inner,
            parent: parent, columns: [(own.column, other.column)], isNullable: isNullable, route: route)
        join.uses = 1
        joins.append(join)
        if let filtered = step.filtered {
            let reuse = reuse ?? JoinReuse(joins)
            reuse.insert(join)
            let before = joins.count
            let (condition, _) = try add(
                filtered.predicate.renaming(filtered.path.names, to: filtered.name), reuse: reuse, isNegated: false,
                branchNegated: false, split: true,
                updatesJoins: false)
            join.filter = condition
            if joins.count > before, let index = joins.firstIndex(where: { $0 === join }) {
                joins.remove(at: index)
                joins.append(join)
            }
        }
        return join
    }

    private func alias(for step: PathStep) -> String {
        if let name = step.filtered?.name {
            return joins.contains { $0.alias == name } ? "\(name)_\(joins.count)" : name
        }
        if prefix == "T", !joins.contains(where: { $0.alias == step.to.table }) { return step.to.table }
        return prefix == "T" ? "T\(joins.count + 1)" : "\(prefix)\(joins.count)"
    }

    /// Joins for all steps of a path; gives all of them with the first one.
    func join(_ path: ResolvedPath, from start: Join, reuse: JoinReuse?) throws -> [Join] {
        var joined = [start]
        var current = start
        for step in path.steps {
            current = try join(step, from: current, reuse: step.isMultiple ? reuse : nil)
            joined.append(current)
            if step.filtered != nil { reuse?.insert(current) }
        }
        return joined
    }

    /// Takes back the last joins that are not needed because the columns are on their near side too.
    func trim(_ path: ResolvedPath, _ joined: [Join]) throws -> (targets: [FieldSchema], joins: [Join]) {
        var targets = path.targets
        var joined = joined
        for step in path.steps.reversed() {
            guard joined.count > 1, !step.isReversed, step.filtered == nil, targets.count == 1 else { break }
            let (own, other) = try step.fields(schema)
            guard targets[0].column == other.column else { break }
            targets = [own]
            joined.removeLast().uses -= 1
        }
        return (targets, joined)
    }

    /// Makes joins keep rows that have no match, and all joins behind them.
    func promote(_ promoted: [Join]) {
        var queue = promoted
        while let join = queue.first {
            queue.removeFirst()
            guard join.kind != .base else { continue }
            if join.isNullable || join.parent?.kind == .outer, join.kind != .outer {
                join.kind = .outer
                queue += joins.filter { child in child.parent === join && !queue.contains { $0 === child } }
            }
        }
    }

    /// Makes joins drop rows that have no match, and with them the joins that lead to them.
    func demote(_ demoted: [Join]) {
        var queue = demoted
        while let join = queue.first {
            queue.removeFirst()
            guard join.kind == .outer else { continue }
            join.kind = .inner
            if let parent = join.parent, parent.kind == .outer { queue.append(parent) }
        }
    }

    // MARK: Paths

    /// What names mean, from this query's model on; throws for an unknown first name, or for any one if `isComplete`.
    func resolve(_ names: [String], allowsMany: Bool = true, isComplete: Bool = false) throws -> ResolvedPath {
        try resolve(names, from: model, allowsMany: allowsMany, isComplete: isComplete, isFirst: true)
    }

    func resolve(
        _ names: [String], from start: ModelSchema, allowsMany: Bool = true, isComplete: Bool = false,
        isFirst: Bool = false
    ) throws -> ResolvedPath {
        var path = ResolvedPath(final: .field(start.primaryKey), targets: [], model: start)
        for (position, name) in names.enumerated() {
            var filtered: FilteredRelation?
            var target = path.model.target(name)
            if target == nil, position == 0, isFirst,
                let relation = filteredRelations.first(where: { $0.name == name })
            {
                filtered = relation
                let inner = try resolve(relation.path.names, from: start, isComplete: true)
                if relation.path.names.count > 1 { path.steps += inner.steps.dropLast() }
                target = inner.final
            }
            guard let target else {
                guard position > 0, !isComplete else {
                    throw ModelError(
                        .field,
                        "Cannot resolve keyword '\(name)' into field. Choices are: "
                            + path.model.lookupNames.joined(separator: ", "))
                }
                path.rest = Array(names[position...])
                return path
            }
            let steps = try steps(of: target, from: path.model, filtered: filtered)
            if !allowsMany, let index = steps.firstIndex(where: \.isMultiple) {
                path.byName.append((name, Array(steps[...index])))
                throw MultiJoin(byName: path.byName)
            }
            path.byName.append((name, steps))
            path.steps += steps
            path.final = target
            if let last = steps.last, isRelation(target) {
                path.model = last.to
                path.targets = [try targetField(of: target, last: last)]
            } else if case .field(let field) = target {
                path.targets = [field]
                if let last = steps.last { path.model = last.to }
                if isComplete, position + 1 < names.count {
                    throw ModelError(
                        .field,
                        "Cannot resolve keyword '\(names[position + 1])' into field. Join on '\(name)' not permitted.")
                }
                path.rest = Array(names[(position + 1)...])
                return path
            }
        }
        return path
    }

    func isRelation(_ target: LookupTarget) -> Bool {
        switch target {
        case .reverse: true
        case .field(let field): field.relation != nil
        }
    }

    /// The field that stands for the row at the end of a relation.
    private func targetField(of target: LookupTarget, last: PathStep) throws -> FieldSchema {
        switch target {
        case .reverse(let reverse) where !reverse.field.isManyToMany: return last.to.primaryKey
        default:
            let (_, other) = try last.fields(schema)
            return last.isReversed ? last.to.primaryKey : other
        }
    }

    /// The steps of one name: to the parent that declares it, then over the relation.
    private func steps(of target: LookupTarget, from model: ModelSchema, filtered: FilteredRelation?) throws
        -> [PathStep]
    {
        var steps: [PathStep] = []
        var current = model
        let owner: ModelID
        switch target {
        case .field(let field): owner = schema[field.model].concrete
        case .reverse(let reverse):
            let declared = reverse.field.relation?.target ?? model.id
            owner = declared == model.id ? model.concrete : schema[declared].concrete
        }
        if owner != current.concrete {
            for link in schema.parentLinks(from: current, to: owner) {
                guard let relation = link.relation else { continue }
                let parent = schema[relation.target]
                steps.append(PathStep(from: current, to: parent, field: link, isReversed: false, isMultiple: false))
                current = parent
            }
        }
        switch target {
        case .field(let field) where field.isManyToMany:
            guard let relation = field.relation, let through = relation.through else { break }
            steps += try throughSteps(
                through, from: current, to: schema[relation.target], first: through.sourceField,
                second: through.targetField, filtered: filtered)
        case .field(let field):
            guard let relation = field.relation else { break }
            steps.append(
                PathStep(
                    from: current, to: schema[relation.target], field: field, isReversed: false, isMultiple: false,
                    filtered: filtered))
        case .reverse(let reverse) where reverse.field.isManyToMany:
            guard let relation = reverse.field.relation, let through = relation.through else { break }
            steps += try throughSteps(
                through, from: current, to: schema[relation.source], first: through.targetField,
                second: through.sourceField, filtered: filtered)
        case .reverse(let reverse):
            steps.append(
                PathStep(
                    from: current, to: schema[reverse.field.model], field: reverse.field, isReversed: true,
                    isMultiple: reverse.isMultiple, filtered: filtered))
        }
        return steps
    }

    private func throughSteps(
        _ through: ThroughSchema, from: ModelSchema, to: ModelSchema, first: String, second: String,
        filtered: FilteredRelation?
    ) throws -> [PathStep] {
        let middle = schema[through.model]
        return [
            PathStep(
                from: from, to: middle, field: try schema.throughField(first, of: through), isReversed: true,
                isMultiple: true),
            PathStep(
                from: middle, to: to, field: try schema.throughField(second, of: through), isReversed: false,
                isMultiple: false, filtered: filtered),
        ]
    }
}

/// Joins that a filter may use again; one set is shared by all parts of a filter.
final class JoinReuse {
    private var ids: Set<ObjectIdentifier>

    init(_ joins: [Join] = []) { ids = Set(joins.map { ObjectIdentifier($0) }) }

    func contains(_ join: Join) -> Bool { ids.contains(ObjectIdentifier(join)) }
    func insert(_ join: Join) { ids.insert(ObjectIdentifier(join)) }
    func insert(_ joins: [Join]) { for join in joins { insert(join) } }
    func remove(_ join: Join) { ids.remove(ObjectIdentifier(join)) }
}

/// A negated condition leads over a relation to many: it has to be asked by a subquery.
struct MultiJoin: Error {
    let byName: [(name: String, steps: [PathStep])]
}
