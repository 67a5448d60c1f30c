// SPDX-License-Identifier: Apache-2.0

/// What a deletion took: rows in all, and for each model.
public struct DeleteReport: Sendable {
    /// The number of rows in all.
    public fileprivate(set) var total = 0
    /// The number of rows for each label of a model, those of tables in the middle too.
    public fileprivate(set) var counts: [(model: String, count: Int)] = []

    fileprivate mutating func add(_ count: Int, _ model: String) {
        guard count > 0 else { return }
        total += count
        if let index = counts.firstIndex(where: { $0.model == model }) {
            counts[index].count += count
        } else {
            counts.append((model, count))
        }
    }
}

extension RecordStore {
    /// Deletes the rows of a query and what refers to them, as their references say.
    public func delete(_ tree: QueryTree) async throws -> DeleteReport {
        let select = try databases.main.planner.resolve(tree)
        guard !select.isSliced else { throw ModelError(.type, "Cannot use 'limit' or 'offset' with delete().") }
        guard select.distinctOn.isEmpty else {
            throw ModelError(.type, "Cannot call delete() after .distinct(*fields).")
        }
        guard !select.isValues else {
            throw ModelError(.type, "Cannot call delete() after .values() or .values_list()")
        }
        guard select.compound == nil else {
            throw ModelError(.unsupported, "Calling delete() after a set operation is not supported.")
        }
        let database = try databases.writing(select.model, named: tree.database, hint: tree.hint)
        var collector = DeleteCollector(store: self, database: database)
        var rows = tree.adding(.clearOrder).adding(.clearSelectRelated)
        rows.database = database.name
        try await collector.collect(query: rows, select.model)
        return try await collector.run()
    }

    /// Deletes an object and what refers to it.
    public func delete(_ record: Record) async throws -> DeleteReport {
        guard !record.key.isNull else {
            throw ModelError(
                .value,
                "\(record.model.declaration.name) object can't be deleted because its key is set to None.")
        }
        var collector = DeleteCollector(store: self, database: try writing(record))
        try await collector.collect([record], source: nil, isNullable: false)
        return try await collector.run()
    }
}

/// Finds what has to go with some rows, and in which order (Django's `Collector`).
struct DeleteCollector {
    let store: RecordStore
    let database: Database
    private var data: [(model: ModelSchema, records: [Record])] = []
    private var known: [ModelID: Set<Value>] = [:]
    private var dependencies: [ModelID: Set<ModelID>] = [:]
    private var fastDeletes: [(model: ModelSchema, tree: QueryTree)] = []
    private var updates: [(field: FieldSchema, value: Value, tree: QueryTree)] = []
    private var restricted: [(field: FieldSchema, records: [Record])] = []
    private static let batch = 5000

    init(store: RecordStore, database: Database) {
        self.store = store
        self.database = database
    }

    private var schema: Schema { store.schema }

    /// The references to a model, on their own side.
    private func references(to model: ModelSchema) -> [FieldSchema] {
        // What is in another database cannot be held by this one.
        model.reverses.filter { reverse in
            !reverse.field.isManyToMany
                && store.databases.allowsMigration(schema[reverse.field.model], on: database.name)
        }.map(\.field)
    }

    /// Whether rows can go without being looked at: nothing refers to them.
    private func isFast(_ model: ModelSchema, from field: FieldSchema? = nil) -> Bool {
        if let field, case .cascade? = field.relation?.declaration.onDelete {} else if field != nil { return false }
        return model.parents.allSatisfy { $0.link === field }
            && references(to: model).allSatisfy { reference in
                if case .doNothing? = reference.relation?.declaration.onDelete { true } else { false }
            }
    }

    mutating func collect(query tree: QueryTree, _ model: ModelSchema) async throws {
        if isFast(model) {
            fastDeletes.append((model, tree))
        } else {
            try await collect(try await store.fetch(tree), source: nil, isNullable: false)
        }
    }

    /// Takes rows in, then what refers to them.
    mutating func collect(
        _ records: [Record], source: ModelSchema?, isNullable: Bool, related: Bool = true, reversed: Bool = false,
        failsOnRestricted: Bool = true
    ) async throws {
        guard let model = records.first?.model else { return }
        var seen = known[model.concrete] ?? []
        let new = records.filter { seen.insert($0.key).inserted }
        guard !new.isEmpty else { return }
        known[model.concrete] = seen
        if let index = data.firstIndex(where: { $0.model.id == model.id }) {
            data[index].records += new
        } else {
            data.append((model, new))
        }
        if let source, !isNullable {
            let (first, second) = reversed ? (model, source) : (source, model)
            dependencies[first.concrete, default: []].insert(second.concrete)
        }
        for (parent, link) in model.parents {
            let parents = new.compactMap { record in link.relation.flatMap { store.parent(of: record, $0) } }
            guard let first = parents.first, first.model.id == parent else { continue }
            try await collect(parents, source: model, isNullable: false, related: false, reversed: true)
        }
        guard related else { return }
        try await collectReferences(to: new, model)
        if failsOnRestricted { try checkRestricted() }
    }

    private mutating func collectReferences(to records: [Record], _ model: ModelSchema) async throws {
        var fast: [(model: ModelSchema, fields: [FieldSchema])] = []
        var protected: [String] = []
        for field in references(to: model) {
            guard let relation = field.relation else { continue }
            let other = schema[field.model]
            if case .doNothing = relation.declaration.onDelete { continue }
            if isFast(other, from: field) {
                if let index = fast.firstIndex(where: { $0.model.id == other.id }) {
                    fast[index].fields.append(field)
                } else {
                    fast.append((other, [field]))
                }
                continue
            }
            for tree in batches(records, [field], other) {
                switch relation.declaration.onDelete {
                case .cascade:
                    let found = try await store.fetch(tree)
                    try await collect(found, source: model, isNullable: field.isNull, failsOnRestricted: false)
                case .protect:
                    if try await !store.fetch(tree).isEmpty { protected.append("'\(other.label).\(field.name)'") }
                case .restrict:
                    let found = try await store.fetch(tree)
                    if !found.isEmpty {
                        restricted.append((field, found))
                        dependencies[model.concrete, default: []].insert(other.concrete)
                    }
                case .setNull: updates.append((field, .null, tree))
                case .setDefault: updates.append((field, field.declaration.defaultValue?.make() ?? .null, tree))
                case .set(let make):
                    // What makes the value may write rows, so it is asked for only if it is needed.
                    let found = try await store.fetch(tree)
                    if !found.isEmpty {
                        var rows = QueryTree(other.label).filter(
                            .lookup(LookupPath("pk__in"), .value(.list(found.map(\.key)))))
                        rows.database = database.name
                        updates.append((field, try await make(store), rows))
                    }
                case .doNothing: break
                }
            }
        }
        guard protected.isEmpty else {
            throw ModelError(
                .protected,
                "Cannot delete some instances of model '\(model.declaration.name)' because they are referenced through protected foreign keys: \(protected.joined(separator: ", "))."
            )
        }
        for (other, fields) in fast {
            for tree in batches(records, fields, other) { fastDeletes.append((other, tree)) }
        }
    }

    /// The rows that refer to some rows, so many at a time.
    private func batches(_ records: [Record], _ fields: [FieldSchema], _ model: ModelSchema) -> [QueryTree] {
        stride(from: 0, to: records.count, by: Self.batch).map { start in
            let part = records[start..<min(start + Self.batch, records.count)]
            let conditions = fields.map { field -> QueryPredicate in
                let target = field.relation.map { schema.target(of: $0).attribute } ?? "pk"
                return .compare(
                    LookupPath([field.name]), transforms: [], "in", .value(.list(part.map { $0[target] ?? .null })))
            }
            var tree = QueryTree(model.label).filter(conditions.count == 1 ? conditions[0] : .or(conditions)).adding(
                .clearOrder)
            tree.database = database.name
            return tree
        }
    }

    /// Rows that restrict a deletion may go if they go for another reason.
    private func checkRestricted() throws {
        for (field, records) in restricted {
            let model = schema[field.model]
            let going = known[model.concrete] ?? []
            guard records.allSatisfy({ going.contains($0.key) }) else {
                throw ModelError(
                    .restricted,
                    "Cannot delete some instances of model '\(model.declaration.name)' because they are referenced through restricted foreign keys."
                )
            }
        }
    }

    /// Models whose rows others depend on come last.
    private func sorted() -> [(model: ModelSchema, records: [Record])] {
        var order: [(model: ModelSchema, records: [Record])] = []
        var done: Set<ModelID> = []
        while order.count < data.count {
            let before = order.count
            for entry in data where !order.contains(where: { $0.model.id == entry.model.id }) {
                let left = (dependencies[entry.model.concrete] ?? []).filter { id in
                    !done.contains(id) && data.contains { $0.model.concrete == id }
                }
                if left.isEmpty {
                    order.append(entry)
                    done.insert(entry.model.concrete)
                }
            }
            if order.count == before { return data }
        }
        return order
    }

    func run() async throws -> DeleteReport {
        let order = sorted()
        return try await database.transaction {
            var report = DeleteReport()
            for (model, tree) in fastDeletes {
                if let statement = try database.planner.delete(tree) {
                    report.add(try await database.execute(statement), model.label)
                }
            }
            var merged: [(field: FieldSchema, value: Value, tree: QueryTree)] = []
            for update in updates {
                if let index = merged.firstIndex(where: { $0.field === update.field && $0.value == update.value }) {
                    merged[index].tree = merged[index].tree.adding(.merge(isOr: true, update.tree))
                } else {
                    merged.append(update)
                }
            }
            for (field, value, tree) in merged {
                if let statement = try database.planner.update(tree, [(field, .value(value))]) {
                    try await database.execute(statement)
                }
            }
            for (model, records) in order {
                for start in stride(from: 0, to: records.count, by: Self.batch) {
                    let keys = records[start..<min(start + Self.batch, records.count)].map(\.key)
                    let rows = QueryTree(model.label).filter(.lookup(LookupPath("pk__in"), .value(.list(keys))))
                    if let statement = try database.planner.delete(rows) {
                        report.add(try await database.execute(statement), model.label)
                    }
                }
            }
            return report
        }
    }
}
