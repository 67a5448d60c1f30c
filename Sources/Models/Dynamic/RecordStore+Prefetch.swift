// SPDX-License-Identifier: Apache-2.0

extension RecordStore {
    /// Loads the rows of relations for all objects at once: one statement for each relation of each path.
    func load(_ prefetches: [Prefetch], into records: inout [Record], database: Database) async throws {
        guard !records.isEmpty, !prefetches.isEmpty else { return }
        var done: Set<String> = []
        for prefetch in prefetches {
            try await load(prefetch, prefetch.path.names[...], at: "", into: &records, database, &done)
        }
    }

    private func load(
        _ prefetch: Prefetch, _ names: ArraySlice<String>, at prefix: String, into records: inout [Record],
        _ database: Database, _ done: inout Set<String>
    ) async throws {
        guard let name = names.first, let model = records.first?.model else { return }
        let isLast = names.count == 1
        let path = prefix + name
        if done.insert(path).inserted {
            try await loadOne(
                name, model, isLast ? prefetch.query : nil, as: isLast ? prefetch.name : nil, &records, database)
        }
        guard !isLast else { return }
        // The objects one level down, all at once, then back to where they came from.
        var below: [Record] = []
        var places: [(record: Int, item: Int?)] = []
        for (index, record) in records.enumerated() {
            if let many = record.prefetched[name] {
                for (item, other) in many.enumerated() {
                    below.append(other)
                    places.append((index, item))
                }
            } else if case .some(.some(let one)) = record.related[name] {
                below.append(one)
                places.append((index, nil))
            }
        }
        guard !below.isEmpty else { return }
        try await load(prefetch, names.dropFirst(), at: path + "__", into: &below, database, &done)
        for (place, other) in zip(places, below) {
            if let item = place.item {
                records[place.record].prefetched[name]?[item] = other
            } else {
                records[place.record].related.updateValue(other, forKey: name)
            }
        }
    }

    private func loadOne(
        _ name: String, _ model: ModelSchema, _ query: QueryTree?, as other: String?, _ records: inout [Record],
        _ database: Database
    ) async throws {
        let kept = other ?? name
        if let field = model.field(name), field.isReference, let relation = field.relation {
            // Already there by a join.
            if query == nil, records.allSatisfy({ $0.related[name] != nil }) { return }
            let target = schema.target(of: relation)
            let found = try await rows(
                query ?? QueryTree(schema[relation.target].label), target.name,
                records.map { $0[field.attribute] ?? .null }, database)
            let byKey = Dictionary(found.map { ($0[target.attribute] ?? .null, $0) }) { first, _ in first }
            for index in records.indices {
                let key = records[index][field.attribute] ?? .null
                records[index].related.updateValue(key.isNull ? nil : byKey[key], forKey: kept)
            }
            return
        }
        if let reverse = model.reverse(name), !reverse.field.isManyToMany, let relation = reverse.field.relation {
            let target = schema.target(of: relation)
            let source = schema[reverse.field.model]
            let found = try await rows(
                query ?? QueryTree(source.label), reverse.field.name, records.map { $0[target.attribute] ?? .null },
                database)
            let groups = Dictionary(grouping: found) { $0[reverse.field.attribute] ?? .null }
            for index in records.indices {
                let own = groups[records[index][target.attribute] ?? .null] ?? []
                let parent = records[index]
                if reverse.isMultiple {
                    records[index].prefetched[kept] = own.map { child in
                        var child = child
                        var parent = parent
                        parent.prefetched = [:]
                        child.related.updateValue(parent, forKey: reverse.field.name)
                        return child
                    }
                } else {
                    records[index].related.updateValue(own.first, forKey: kept)
                }
            }
            return
        }
        guard let many = model.manyRelation(name, schema) else {
            throw ModelError(
                .attribute,
                "Cannot find '\(name)' on \(model.label) object, '\(name)' is an invalid parameter to prefetch_related()"
            )
        }
        try await loadMany(many, query, as: kept, &records, database)
    }

    private func rows(_ query: QueryTree, _ field: String, _ keys: [Value], _ database: Database) async throws
        -> [Record]
    {
        let keys = Array(Set(keys.filter { !$0.isNull }))
        guard !keys.isEmpty else { return [] }
        var query = query
        query.hint = query.hint ?? database.name
        let (plain, limit) = query.takingSlice
        let tree = plain.filter(.compare(LookupPath([field]), transforms: [], "in", .value(.list(keys))))
        return try await fetch(limit.map { tree.limited($0, by: LookupPath([field]), schema) } ?? tree)
    }

    private func loadMany(
        _ many: ManyRelation, _ query: QueryTree?, as name: String, _ records: inout [Record], _ database: Database
    ) async throws {
        let keys = records.map { $0[many.ownKey.attribute] ?? .null }.filter { !$0.isNull }
        guard !keys.isEmpty else { return }
        var (tree, limit) = (query ?? QueryTree(many.target.label)).takingSlice
        tree.hint = tree.hint ?? database.name
        // The table in the middle says whose each row is.
        tree = tree.adding(
            .stickyFilter(.compare(LookupPath([many.queryName]), transforms: [], "in", .value(.list(keys)))))
        tree = tree.adding(
            .annotate([("_prefetch_related_val", .path(LookupPath([many.queryName])))]))
        if let limit { tree = tree.limited(limit, by: LookupPath([many.queryName]), schema) }
        var groups: [Value: [Record]] = [:]
        for var record in try await fetch(tree) {
            let owner = record.annotations.removeValue(forKey: "_prefetch_related_val") ?? .null
            groups[owner, default: []].append(record)
        }
        for index in records.indices {
            records[index].prefetched[name] = groups[records[index][many.ownKey.attribute] ?? .null] ?? []
        }
    }
}

extension QueryTree {
    /// The same query without its slice, and the slice: of loaded rows it is meant for each parent.
    fileprivate var takingSlice: (QueryTree, Range<Int>?) {
        var tree = QueryTree(model)
        tree.database = database
        tree.hint = hint
        var range: Range<Int>?
        for step in steps {
            if case .slice(let offset, let limit) = step {
                let old = range ?? 0..<Int.max
                let start = min(old.lowerBound + offset, old.upperBound)
                range = start..<min(limit.map { start + $0 } ?? old.upperBound, old.upperBound)
            } else {
                tree = tree.adding(step)
            }
        }
        return (tree, range)
    }

    /// So many rows for each value of a path, in the order of the query, by one statement.
    fileprivate func limited(_ range: Range<Int>, by path: LookupPath, _ schema: Schema) -> QueryTree {
        var order: [Ordering] = schema.model(model)?.ordering.map(Ordering.init(name:)) ?? []
        for step in steps {
            if case .order(let terms) = step { order = terms }
            if case .clearOrder = step { order = [] }
            if case .reverse = step { order = order.map(\.reversed) }
        }
        let name = "_prefetch_row"
        let window = WindowCall(.function(FunctionCall("RowNumber", [])), partition: [.path(path)], order: order)
        var conditions: [QueryPredicate] = []
        if range.lowerBound > 0 {
            conditions.append(.lookup(LookupPath([name, "gt"]), .value(.int(Int64(range.lowerBound)))))
        }
        if range.upperBound < Int.max {
            conditions.append(.lookup(LookupPath([name, "lte"]), .value(.int(Int64(range.upperBound)))))
        }
        return adding(.annotate([(name, .window(window))], select: false)).filter(.and(conditions))
    }
}

/// A many-to-many relation as one of its sides sees it.
package struct ManyRelation: Sendable {
    package let own: ModelSchema
    package let target: ModelSchema
    package let through: ModelSchema
    package let isAutomatic: Bool
    /// The reference of the table in the middle to this side, and to the other one.
    package let toOwn: FieldSchema
    package let toTarget: FieldSchema
    /// What those references store.
    package let ownKey: FieldSchema
    package let targetKey: FieldSchema
    /// How look-ups on the other side name this one.
    package let queryName: String
}

extension ModelSchema {
    /// A many-to-many relation by its name on an instance, from either side; nil if there is none.
    package func manyRelation(_ name: String, _ schema: Schema) -> ManyRelation? {
        let field: FieldSchema
        let isForward: Bool
        if let own = manyToMany.first(where: { $0.name == name }) {
            (field, isForward) = (own, true)
        } else if let reverse = reverse(name), reverse.field.isManyToMany {
            (field, isForward) = (reverse.field, false)
        } else {
            return nil
        }
        guard let relation = field.relation, let through = relation.through,
            let source = try? schema.throughField(through.sourceField, of: through),
            let target = try? schema.throughField(through.targetField, of: through),
            let sourceRelation = source.relation, let targetRelation = target.relation
        else { return nil }
        let (toOwn, toTarget) = isForward ? (source, target) : (target, source)
        let (ownRelation, otherRelation) =
            isForward ? (sourceRelation, targetRelation) : (targetRelation, sourceRelation)
        let other = isForward ? schema[relation.target] : schema[relation.source]
        return ManyRelation(
            own: self, target: other, through: schema[through.model], isAutomatic: through.isAutomatic, toOwn: toOwn,
            toTarget: toTarget, ownKey: schema.target(of: ownRelation), targetKey: schema.target(of: otherRelation),
            queryName: isForward ? relation.reverseQueryName : field.name)
    }
}
