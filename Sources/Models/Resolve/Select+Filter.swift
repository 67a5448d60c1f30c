// SPDX-License-Identifier: Apache-2.0

extension Select {
    /// One `filter()`: all parts share the joins that it makes.
    func add(filter predicate: QueryPredicate) throws {
        guard !isSliced else { throw ModelError(.type, "Cannot filter a query once a slice has been taken.") }
        guard compound == nil else {
            throw ModelError(.unsupported, "Calling filter() after a set operation is not supported.")
        }
        let inner = joins.filter { $0.kind == .inner }
        let reuse = JoinReuse(isSticky ? stickyJoins : [])
        let (condition, _) = try add(
            predicate, reuse: reuse, isNegated: false, branchNegated: false, split: true, updatesJoins: true)
        conditions.append(condition)
        demote(inner)
    }

    /// The next filter uses the joins of this one again: the core of a related manager's set.
    func add(stickyFilter predicate: QueryPredicate) throws {
        try add(filter: predicate)
        stickyJoins = joins
        isSticky = true
    }

    /// A condition with the joins that it needs to drop rows (Django's `_add_q`).
    func add(
        _ predicate: QueryPredicate, reuse: JoinReuse?, isNegated: Bool, branchNegated: Bool, split: Bool,
        updatesJoins: Bool, summarize: Bool = false
    ) throws -> (Condition, [Join]) {
        let connector: Connector
        let parts: [QueryPredicate]
        var negated = false
        switch predicate {
        case .and(let all): (connector, parts) = (.and, all)
        case .or(let all): (connector, parts) = (.or, all)
        case .xor(let all): (connector, parts) = (.xor, all)
        case .not(let part):
            if part.isEmpty { return (.always, []) }
            (connector, parts) = (.and, [part])
            negated = true
        default: (connector, parts) = (.and, [predicate])
        }
        let isNegated = isNegated != negated
        let branchNegated = branchNegated || negated
        var promoter = JoinPromoter(connector, count: parts.count, isNegated: isNegated)
        var conditions: [Condition] = []
        for part in parts where !part.isEmpty {
            let (condition, needed) = try build(
                part, reuse: reuse, isNegated: isNegated, branchNegated: branchNegated, split: split,
                updatesJoins: updatesJoins, summarize: summarize)
            promoter.vote(needed)
            conditions.append(condition)
        }
        let needed = updatesJoins ? promoter.apply(to: self) : []
        if conditions.isEmpty { return (.always, needed) }
        return (.group(connector, isNegated: negated, conditions), needed)
    }

    /// One part of a condition (Django's `build_filter`).
    private func build(
        _ predicate: QueryPredicate, reuse: JoinReuse?, isNegated: Bool, branchNegated: Bool, split: Bool,
        updatesJoins: Bool, summarize: Bool
    ) throws -> (Condition, [Join]) {
        switch predicate {
        case .and, .or, .xor, .not:
            return try add(
                predicate, reuse: reuse, isNegated: isNegated, branchNegated: branchNegated, split: split,
                updatesJoins: updatesJoins, summarize: summarize)
        case .boolean(let expression):
            let node = try resolve(expression, reuse: reuse, summarize: summarize)
            if case .condition(let condition) = node { return (condition, []) }
            return (.boolean(node), [])
        case .expression(let expression, let lookup, let operand):
            let left = try resolve(expression, reuse: reuse, summarize: summarize)
            let right = try resolve(operand, reuse: reuse)
            return (try makeLookup([lookup], left, right), [])
        case .lookup(let path, let operand):
            if let (node, rest) = annotationPrefix(path.names, summarize: summarize) {
                return (try makeLookup(rest, node, try resolve(operand, reuse: reuse)), [])
            }
            let resolved = try resolve(path.names)
            return try build(
                Array(path.names.dropLast(resolved.rest.count)), resolved.rest.map(Transform.named), operand,
                original: predicate, reuse: reuse, isNegated: isNegated, branchNegated: branchNegated, split: split)
        case .compare(let path, let transforms, let lookup, let operand):
            let steps = transforms + [.named(lookup)]
            if let (node, rest) = annotationPrefix(path.names, summarize: summarize), rest.isEmpty {
                return (try makeLookup(steps, node, try resolve(operand, reuse: reuse)), [])
            }
            return try build(
                path.names, steps, operand, original: predicate, reuse: reuse, isNegated: isNegated,
                branchNegated: branchNegated, split: split)
        }
    }

    private func build(
        _ names: [String], _ lookups: [Transform], _ operand: Operand, original: QueryPredicate, reuse: JoinReuse?,
        isNegated: Bool, branchNegated: Bool, split: Bool
    ) throws -> (Condition, [Join]) {
        let usesBefore = joins.map(\.uses)
        let right = try resolve(operand, reuse: reuse)
        var used = joins.enumerated().filter { index, join in
            join.uses > (index < usesBefore.count ? usesBefore[index] : 0)
        }.map(\.element)
        let path: ResolvedPath
        do {
            path = try resolve(names, allowsMany: !branchNegated || !split)
        } catch let many as MultiJoin {
            return try splitExclude(original, operand: operand, reuse: reuse, byName: many.byName)
        }
        try check(operand, fits: path)
        let joined = try join(path, from: base(), reuse: reuse)
        used += joined
        let (targets, trimmed) = try trim(path, joined)
        reuse?.insert(trimmed)
        guard let target = targets.first, let end = trimmed.last else {
            throw ModelError(.field, "\(names.joined(separator: "__")) leads nowhere")
        }
        let left = column(target, of: end)
        let condition = try makeLookup(lookups, left, right, relation: isRelation(path.final) ? path : nil)
        let isNullTest: Bool? =
            if case .lookup(let lookup) = condition, lookup.name == "isnull",
                case .value(.bool(let flag)) = lookup.right
            {
                flag
            } else { nil }
        var needsOuter = isNullTest == true && !isNegated
        var parts = [condition]
        if isNegated, isNullTest != true {
            needsOuter = true
            if isNullTest == nil {
                if target.isNull || end.kind == .outer {
                    parts.append(.lookup(Lookup(name: "isnull", left: column(target, of: end), right: .value(false))))
                }
                if case .node(.column(_, let field)) = right, field.isNull, case .node(let node) = right {
                    parts.append(.lookup(Lookup(name: "isnull", left: node, right: .value(false))))
                }
            }
        }
        return (parts.count == 1 ? condition : .group(.and, isNegated: false, parts), needsOuter ? [] : used)
    }

    /// A column, or the columns of a key of several fields.
    func column(_ field: FieldSchema, of join: Join) -> Node {
        if case .composite(let names) = field.kind {
            let model = schema[field.model]
            return .row(names.compactMap { model.field($0).map { .column(join, $0) } })
        }
        return .column(join, field)
    }

    /// An annotation whose name is the beginning of these names, and the names after it.
    func annotationPrefix(_ names: [String], summarize: Bool) -> (Node, [Transform])? {
        guard !annotations.isEmpty else { return nil }
        for count in stride(from: names.count, to: 0, by: -1) {
            let name = names[..<count].joined(separator: "__")
            guard let node = annotation(name) else { continue }
            return (summarize ? .reference(name, node) : node, names[count...].map(Transform.named))
        }
        return nil
    }

    /// An object must be of the model at the end of the path, and a query of rows too.
    private func check(_ operand: Operand, fits path: ResolvedPath) throws {
        guard isRelation(path.final) else { return }
        switch operand {
        case .object(let label, _, _):
            let wanted = path.model
            guard let model = schema.model(label) else { return }
            let family = [model.concrete] + model.parents.map(\.model)
            let wantedFamily = [wanted.concrete] + wanted.parents.map(\.model)
            guard family.contains(wanted.concrete) || wantedFamily.contains(model.concrete) else {
                throw ModelError(
                    .value, "Cannot query \"\(label)\": Must be \"\(wanted.declaration.name)\" instance.")
            }
        case .list(let parts): for part in parts { try check(part, fits: path) }
        default: break
        }
    }

    /// A negated condition over a relation to many: no related row may match (Django's `split_exclude`).
    private func splitExclude(
        _ predicate: QueryPredicate, operand: Operand, reuse: JoinReuse?, byName: [(name: String, steps: [PathStep])]
    ) throws -> (Condition, [Join]) {
        let inner = Select(model, context: context, outer: self)
        inner.filteredRelations = filteredRelations
        inner.outerReuse = reuse
        try inner.add(filter: predicate.raisingReferences())
        inner.order = []
        inner.usesDefaultOrder = false
        let (prefix, containsOuter, node) = try inner.trimStart(byName)
        let outerNode = try resolveReference(prefix, reuse: reuse)
        inner.conditions.append(.lookup(Lookup(name: "exact", left: node, right: .node(outerNode))))
        inner.externalColumns.append(outerNode)
        inner.isExistence = true
        var condition = Condition.boolean(.exists(inner))
        if containsOuter {
            let (isNull, _) = try build(
                .lookup(LookupPath(prefix + ["isnull"]), .value(true)), reuse: reuse, isNegated: true,
                branchNegated: true, split: true, updatesJoins: true, summarize: false)
            condition = .group(.or, isNegated: false, [condition, isNull])
        }
        return (condition, [])
    }

    /// Takes the joins before the first relation to many off a subquery; what is left is tied to the outer query by
    /// the names of its path (Django's `trim_start`).
    private func trimStart(_ byName: [(name: String, steps: [PathStep])]) throws
        -> (prefix: [String], containsOuter: Bool, Node)
    {
        let steps = byName.flatMap(\.steps)
        guard let first = steps.firstIndex(where: \.isMultiple) else { throw ModelError(.field, "no relation to many") }
        var containsOuter = false
        var chain = [joins[0]]
        for step in steps[...first] {
            let found = joins.last { join in
                join.parent === chain[chain.count - 1] && join.route?.field == ObjectIdentifier(step.field)
            }
            guard let found else { break }
            chain.append(found)
        }
        guard chain.count == first + 2 else {
            throw ModelError(.field, "the path of a negated condition is not joined")
        }
        for index in 0..<first where chain[index + 1].kind == .outer { containsOuter = true }
        var prefix: [String] = []
        var left = first
        for (name, steps) in byName {
            if left - steps.count < 0 { break }
            prefix.append(name)
            left -= steps.count
        }
        let (own, other) = try steps[first].fields(schema)
        prefix.append(own.name)
        let target = chain[first + 1]
        for join in chain[..<first] { join.uses = 0 }
        if target.kind != .outer, target.route?.name == nil {
            chain[first].uses = 0
            target.kind = .base
            return (prefix, containsOuter, .column(target, other))
        }
        if first > 0 { chain[first].kind = .base }
        return (prefix, containsOuter, .column(chain[first], own))
    }
}

extension QueryPredicate {
    /// In a subquery made out of a condition, its paths on the right side mean the outer query.
    fileprivate func raisingReferences() -> QueryPredicate {
        func raise(_ expression: QueryExpression) -> QueryExpression {
            switch expression {
            case .path(let path): return .outer(path)
            case .outer(let path, let levels): return .outer(path, levels: levels + 1)
            case .arithmetic(let left, let operation, let right):
                return .arithmetic(raise(left), operation, raise(right))
            case .function(var call):
                call.arguments = call.arguments.map(raise)
                return .function(call)
            default: return expression
            }
        }
        func raise(_ operand: Operand) -> Operand {
            switch operand {
            case .expression(let expression): .expression(raise(expression))
            case .list(let parts): .list(parts.map(raise))
            default: operand
            }
        }
        return switch self {
        case .lookup(let path, let operand): .lookup(path, raise(operand))
        case .compare(let path, let transforms, let name, let operand):
            .compare(path, transforms: transforms, name, raise(operand))
        default: self
        }
    }
}
