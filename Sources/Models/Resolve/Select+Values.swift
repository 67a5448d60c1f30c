// SPDX-License-Identifier: Apache-2.0

extension Select {
    /// The columns of the result, by name (Django's `set_values`); none for all of the model's.
    func setValues(_ items: [ValuesItem]) throws {
        var names: [String] = []
        var expressions: [(name: String, expression: QueryExpression)] = []
        for item in items {
            switch item {
            case .path(let path): names.append(path.text)
            case .expression(let name, let expression):
                names.append(name)
                expressions.append((name, expression))
            }
        }
        for (name, expression) in expressions {
            try Self.check(alias: name)
            if columns == nil, model.target(name) != nil {
                throw ModelError(.value, "The annotation '\(name)' conflicts with a field on the model.")
            }
            setAnnotation(name, try resolve(expression, reuse: nil), select: true)
        }
        if expressions.contains(where: { annotation($0.name)?.containsAggregate == true }) {
            if isValues { setGrouping(usesAliases: true) } else { grouping = .model }
        }
        related = .none
        loading = .all
        columns = nil
        selected = nil
        if items.isEmpty {
            regroup(selecting: [])
            try addColumns(model.fields.map(\.attribute))
            return
        }
        var fields: [String] = []
        var chosenAnnotations: Set<String> = []
        var chosenExtra: Set<String> = []
        for name in names {
            if extra.select.contains(where: { $0.name == name }) {
                chosenExtra.insert(name)
            } else if annotation(name) != nil {
                guard isSelected(name) else {
                    throw ModelError(.field, "Cannot select the '\(name)' alias. Use annotate() to promote it.")
                }
                chosenAnnotations.insert(name)
            } else {
                fields.append(name)
            }
        }
        extraNames = chosenExtra
        if case .model = grouping { try groupByModel() }
        annotationMask = chosenAnnotations
        regroup(selecting: Set(names))
        try addColumns(fields)
        selected = names
    }

    /// Rows of whole objects were grouped; now they are grouped by the columns of the model.
    func groupByModel() throws {
        let before = columns
        try addColumns(model.fields.map(\.attribute))
        setGrouping(usesAliases: false)
        columns = before
    }

    private func regroup(selecting names: Set<String>) {
        guard case .by(let terms) = grouping else { return }
        grouping = .by(
            terms.map { term in
                if case .annotation(let name) = term, !names.contains(name), let node = annotation(name) {
                    .node(node)
                } else {
                    term
                }
            })
    }

    func addColumns(_ names: [String]) throws {
        var added = columns ?? []
        for name in names {
            let parts = LookupPath(name).names
            let path = try resolve(parts)
            if isRelation(path.final), let rest = path.rest.first {
                throw ModelError(.field, "Cannot resolve keyword '\(rest)' into field.")
            }
            let joined = try join(path, from: base(), reuse: nil)
            let (targets, trimmed) = try trim(path, joined)
            guard let target = targets.first, let end = trimmed.last else { continue }
            var node = column(target, of: end)
            for rest in path.rest { node = try transform(node, .named(rest)) }
            added.append((name, node))
        }
        columns = added
    }

    /// Groups by what is selected (Django's `set_group_by`).
    func setGrouping(usesAliases: Bool) {
        var terms: [GroupTerm] = []
        if usesAliases, let columns {
            // A column with transforms becomes an annotation, so that it is grouped by its name.
            var plain: [(name: String?, node: Node)] = []
            var moved: [(name: String, node: Node)] = []
            for (name, node) in columns {
                if case .column = node { plain.append((name, node)) } else if let name { moved.append((name, node)) }
            }
            if !moved.isEmpty {
                annotations = moved + annotations.filter { old in !moved.contains { $0.name == old.name } }
                for (name, _) in moved { annotationMask?.insert(name) }
                self.columns = plain
            }
        }
        terms += (columns ?? []).map { .node($0.node) }
        for (name, node) in selectedAnnotations {
            let nodes = node.groupColumns
            if nodes.isEmpty { continue }
            if usesAliases, !node.containsAggregate {
                terms.append(.annotation(name))
            } else {
                terms += nodes.map(GroupTerm.node)
            }
        }
        grouping = .by(terms)
    }

    // MARK: Set operations

    /// Rows of this query and of another one of the same model: `|` and `&` (Django's `combine`).
    func merge(_ tree: QueryTree, isOr: Bool) throws {
        guard tree.model == model.label else {
            throw ModelError(.type, "Cannot combine queries on two different base models.")
        }
        guard !isSliced else { throw ModelError(.type, "Cannot combine queries once a slice has been taken.") }
        let other = Select(model, context: context, outer: outer, prefix: prefix)
        try other.replay(tree)
        guard other.isDistinct == isDistinct else {
            throw ModelError(.type, "Cannot combine a unique query with a non-unique query.")
        }
        if other.isEmpty, isOr { return }
        let wasEmpty = isEmpty && isOr
        if wasEmpty { isEmpty = false }
        let own = base()
        let reuse = JoinReuse(isOr ? joins : [])
        var promoter = JoinPromoter(isOr ? .or : .and, count: 2, isNegated: false)
        promoter.vote(joins.filter { $0.kind == .inner })
        var votes: [Join] = []
        other.joins.first?.replacement = own
        for join in other.joins.dropFirst() {
            guard let parent = join.parent?.current, let route = join.route else { continue }
            let existing = isOr ? joins.last { $0.parent === parent && $0.route == route && reuse.contains($0) } : nil
            let new =
                existing
                ?? Join(
                    alias: joins.contains { $0.alias == join.alias } ? "\(prefix)\(joins.count + 1)" : join.alias,
                    model: join.model, kind: parent.kind == .outer || join.isNullable ? .outer : .inner, parent: parent,
                    columns: join.columns, isNullable: join.isNullable, route: route)
            if existing == nil { joins.append(new) }
            reuse.remove(new)
            if join.kind == .inner { votes.append(new) }
            if join.uses > 0 { new.uses += 1 }
            join.replacement = new
        }
        promoter.vote(votes)
        _ = promoter.apply(to: self)
        if isOr {
            let mine = Condition.group(.and, isNegated: false, conditions)
            let theirs = Condition.group(.and, isNegated: false, other.conditions)
            conditions =
                wasEmpty
                ? other.conditions
                : conditions.isEmpty || other.conditions.isEmpty ? [] : [.group(.or, isNegated: false, [mine, theirs])]
        } else {
            conditions += other.conditions
            if other.isEmpty { isEmpty = true }
        }
        if !other.order.isEmpty { order = other.order }
    }

    func makeCompound(_ kind: CompoundKind, _ others: [QueryTree], own steps: [QueryTree.Step], database: String?)
        throws
    {
        var first = QueryTree(model.label)
        first.database = database
        for step in steps { first = first.adding(step) }
        var parts: [Select] = []
        for tree in [first] + others {
            let part = Select(try schema.required(tree.model), context: context, outer: outer, prefix: prefix)
            part.outerReuse = outerReuse
            try part.replay(tree)
            parts.append(part)
        }
        if kind == .union || kind == .unionAll {
            let left = parts.filter { !$0.isEmpty }
            if left.count == 1 || (left.isEmpty && !parts.isEmpty) {
                // Nothing to unite with: the rows of the only part that has any.
                parts = left.isEmpty ? [parts[0]] : left
            } else {
                parts = left
            }
        }
        compound = (kind, parts)
        order = []
        extra.order = []
        usesDefaultOrder = false
        isReversed = false
        offset = 0
        limit = nil
        isEmpty = false
        conditions = []
    }
}

extension Join {
    /// The join that stands for this one after two queries became one.
    var current: Join { replacement?.current ?? self }
}
