// SPDX-License-Identifier: Apache-2.0

extension Select {
    /// Takes the steps of a query in their order.
    func replay(_ tree: QueryTree) throws {
        database = tree.database
        let tree = tree.mergingSlices
        for (index, step) in tree.steps.enumerated() {
            switch step {
            case .filter, .exclude, .stickyFilter: break
            default: isSticky = false
            }
            if compound != nil { try checkAllowedAfterCompound(step) }
            try take(step, before: index, of: tree)
        }
    }

    private func take(_ step: QueryTree.Step, before index: Int, of tree: QueryTree) throws {
        switch step {
        case .filter(let predicate): try add(filter: predicate)
        case .exclude(let predicate): try add(filter: .not(predicate))
        case .stickyFilter(let predicate): try add(stickyFilter: predicate)
        case .annotate(let annotations, let select): try annotate(annotations, select: select)
        case .filteredRelation(let name, let path, let predicate):
            filteredRelations.append(FilteredRelation(name: name, path: path, predicate: predicate))
        case .values(let items): try setValues(items)
        case .order(let terms): try setOrder(terms)
        case .clearOrder:
            order = []
            extra.order = []
            usesDefaultOrder = false
        case .reverse:
            try refuseSlice("Cannot reverse a query once a slice has been taken.")
            isReversed.toggle()
        case .distinct(let names):
            try refuseSlice("Cannot create distinct fields once a slice has been taken.")
            isDistinct = true
            distinctOn = names
        case .slice(let offset, let limit): slice(offset: offset, limit: limit)
        case .selectRelated(let names):
            try refuseValues("Cannot call select_related() after .values() or .values_list()")
            addRelated(names)
        case .clearSelectRelated: related = .none
        case .prefetch(let prefetches): self.prefetches += prefetches
        case .clearPrefetch: prefetches = []
        case .only(let names):
            try refuseValues("Cannot call only() after .values() or .values_list()")
            setOnly(names)
        case .defer(let names):
            try refuseValues("Cannot call defer() after .values() or .values_list()")
            addDeferred(names)
        case .clearDefer: loading = .all
        case .none:
            isEmpty = true
            conditions.append(.never)
        case .lock(let lock): self.lock = lock
        case .merge(let isOr, let other): try merge(other, isOr: isOr)
        case .compound(let kind, let others):
            try makeCompound(kind, others, own: Array(tree.steps[..<index]), database: tree.database)
        case .dates(let path, let unit, let isTime, let descending, let zone):
            try makeDates(path, unit: unit, isTime: isTime, descending: descending, zone: zone)
        case .extra(let extra): try add(extra)
        }
    }

    private func checkAllowedAfterCompound(_ step: QueryTree.Step) throws {
        let name: String
        switch step {
        case .values, .order, .clearOrder, .reverse, .slice, .compound, .none, .prefetch, .clearPrefetch: return
        case .filter, .stickyFilter: name = "filter"
        case .exclude: name = "exclude"
        case .annotate, .filteredRelation: name = "annotate"
        case .distinct: name = "distinct"
        case .selectRelated, .clearSelectRelated: name = "select_related"
        case .only: name = "only"
        case .defer, .clearDefer: name = "defer"
        case .lock: name = "select_for_update"
        case .merge: name = "combine"
        case .dates: name = "dates"
        case .extra: name = "extra"
        }
        throw ModelError(.unsupported, "Calling \(name)() after a set operation is not supported.")
    }

    private func refuseSlice(_ message: String) throws {
        guard !isSliced else { throw ModelError(.type, message) }
    }

    private func refuseValues(_ message: String) throws {
        guard !isValues else { throw ModelError(.type, message) }
    }

    private func slice(offset more: Int, limit wanted: Int?) {
        let left = limit.map { max(0, $0 - more) }
        offset += more
        limit = wanted.map { min($0, left ?? $0) } ?? left
        if limit == 0 { isEmpty = true }
    }

    private func setOrder(_ terms: [Ordering]) throws {
        try refuseSlice("Cannot reorder a query once a slice has been taken.")
        order = []
        extra.order = []
        if terms.isEmpty { usesDefaultOrder = false }
        for term in terms {
            guard term.isName, case .path(let path) = term.expression else {
                if let expression = term.expression, expression.hasAggregate {
                    throw ModelError(
                        .field,
                        "Using an aggregate in order_by() without also including it in annotate() is not allowed")
                }
                continue
            }
            // An unknown name is an error at once.
            let names = path.names
            if annotation(path.text) != nil || names.first.flatMap(annotation) != nil { continue }
            if extra.select.contains(where: { $0.name == path.text }) { continue }
            _ = try resolve(names)
        }
        order = terms
    }

    // MARK: Annotations

    private func annotate(_ added: [(name: String, expression: QueryExpression)], select: Bool) throws {
        for (name, expression) in added {
            try Self.check(alias: name)
            if !isValues, model.target(name) != nil, name != "pk" {
                throw ModelError(.value, "The annotation '\(name)' conflicts with a field on the model.")
            }
            setAnnotation(name, try resolve(expression, reuse: nil), select: select)
        }
        guard added.contains(where: { annotation($0.name)?.containsAggregate == true }) else { return }
        if isValues { setGrouping(usesAliases: true) } else { grouping = .model }
    }

    /// An alias is written into the statement, so nothing may stand in it that could end it (Django's rule).
    static func check(alias: String) throws {
        let forbidden: Set<Character> = ["'", "\"", "`", ";", "[", "]", "(", ")", "#", "\0"]
        guard !alias.isEmpty, !alias.contains(where: { $0.isWhitespace || forbidden.contains($0) }),
            !alias.contains("--"), !alias.contains("/*"), !alias.contains("*/"), alias.utf8.count <= 256,
            !alias.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else {
            throw ModelError(
                .value,
                "Column aliases cannot contain whitespace characters, quotation marks, semicolons, or SQL comments.")
        }
    }

    // MARK: Loading

    private func setOnly(_ names: [String]) {
        let own = Set(names.map { $0 == "pk" ? model.primaryKey.name : $0 })
        if case .deferring(let deferred) = loading {
            loading = .only(own.subtracting(deferred))
        } else {
            loading = .only(own)
        }
    }

    private func addDeferred(_ names: [String]) {
        switch loading {
        case .all: loading = .deferring(Set(names))
        case .deferring(let others): loading = .deferring(others.union(names))
        case .only(let only):
            let left = only.subtracting(names)
            loading = left.isEmpty ? .deferring(Set(names).subtracting(only)) : .only(left)
        }
    }

    private func addRelated(_ names: [String]?) {
        guard let names else {
            related = .all
            return
        }
        var tree: [RelatedName] = if case .names(let tree) = related { tree } else { [] }
        for name in names { Self.insert(LookupPath(name).names[...], into: &tree) }
        related = .names(tree)
    }

    private static func insert(_ names: ArraySlice<String>, into tree: inout [RelatedName]) {
        guard let first = names.first else { return }
        if let index = tree.firstIndex(where: { $0.name == first }) {
            insert(names.dropFirst(), into: &tree[index].below)
        } else {
            var branch = RelatedName(name: first, below: [])
            insert(names.dropFirst(), into: &branch.below)
            tree.append(branch)
        }
    }

    private func add(_ more: Extra) throws {
        for (name, pieces) in more.select {
            try Self.check(alias: name)
            extra.select.removeAll { $0.name == name }
            extra.select.append((name, pieces))
        }
        for condition in more.conditions {
            conditions.append(.boolean(.raw(try resolve(condition) { try self.resolve($0, reuse: nil) }, .boolean)))
        }
        extra.tables += more.tables
        if !more.order.isEmpty { extra.order = more.order }
    }

    private func makeDates(_ path: LookupPath, unit: String, isTime: Bool, descending: Bool, zone: String?) throws {
        let units = isTime ? DateUnit.allCases : [.year, .month, .week, .day]
        guard let unit = units.first(where: { $0.rawValue.lowercased() == unit }) else {
            throw ModelError(.value, "'kind' must be one of \(units.map { $0.rawValue.lowercased() })")
        }
        let column = try resolve(.path(path), reuse: nil)
        guard column.kind == .dateTime || (!isTime && column.kind == .date) else {
            throw ModelError(.type, "\(path.text) holds no \(isTime ? "time" : "day")")
        }
        let call = FunctionCall(
            "Trunc\(unit.rawValue)", [isTime ? .path(path) : .cast(.path(path), .date)],
            kind: isTime ? .dateTime : .date, timeZone: zone)
        try annotate(
            [("datetimefield", .function(call)), ("plain_field", .path(path))], select: true)
        try setValues([.path(LookupPath(["datetimefield"]))])
        isDistinct = true
        conditions.append(.lookup(Lookup(name: "isnull", left: column, right: .value(false))))
        order = [Ordering(.path(LookupPath(["datetimefield"])), descending: descending)]
    }
}

extension QueryExpression {
    /// Whether an aggregate stands in it that is not below a window.
    fileprivate var hasAggregate: Bool {
        switch self {
        case .aggregate: true
        case .arithmetic(let left, _, let right): left.hasAggregate || right.hasAggregate
        case .function(let call): call.arguments.contains(where: \.hasAggregate)
        case .cast(let inner, _), .typed(let inner, _): inner.hasAggregate
        default: false
        }
    }
}

extension QueryTree {
    /// A slice that is merged with another set is asked for by its keys, because no condition can be added to it.
    fileprivate var mergingSlices: QueryTree {
        let hasMerge = steps.contains { if case .merge(isOr: true, _) = $0 { true } else { false } }
        guard hasMerge else { return self }
        var tree = QueryTree(model)
        tree.database = database
        for step in steps {
            guard case .merge(isOr: true, let other) = step else {
                tree = tree.adding(step)
                continue
            }
            tree = tree.keysOfSlice.adding(.merge(isOr: true, other.keysOfSlice))
        }
        return tree
    }

    private var keysOfSlice: QueryTree {
        guard steps.contains(where: { if case .slice = $0 { true } else { false } }) else { return self }
        var tree = QueryTree(model)
        tree.database = database
        return tree.filter(.lookup(LookupPath("pk__in"), .query(adding(.values([.path(LookupPath("pk"))])))))
    }
}
