// SPDX-License-Identifier: Apache-2.0

/// Where new rows of a model can be made: its manager and its query sets, but not a relation of an object, which makes
/// them in its own way.
public protocol ModelSource: Queryable {}
extension Manager: ModelSource {}
extension QuerySet: ModelSource {}

extension ModelSource {
    private var database: String? { querySet.tree.database }

    private func prepared(_ object: Root) -> Root {
        var object = object
        if let database { object.state.database = database }
        return object
    }

    /// Inserts an object; gives it with its key and with what the database filled in.
    public func create(
        _ object: Root, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws -> Root {
        var object = prepared(object)
        try await object.save(.insert, fileID: fileID, line: line)
        return object
    }

    /// Inserts an object out of names and values as they come from a form or from JSON: texts are read as what their
    /// columns hold.
    ///
    /// Only the columns that `allowing` names may be given, so that a client sets nothing that it was not asked for.
    /// Throws `ModelError` with the code `.field` for any other name, with `.validation` for what breaks a field's rules.
    public func create<each C>(
        from form: [String: Value], allowing columns: (Root.Fields) -> (repeat Expr<each C>)
    ) async throws -> Root {
        let store = try Databases.required().store
        let allowed = Set(Self.names(repeat each columns(QuerySet<Root>.fields)))
        var record = Record(try store.schema.required(Root.label))
        for (name, value) in form {
            guard allowed.contains(name), let field = record.model.field(name) else {
                throw ModelError(.field, "\(Root.label) takes no field named '\(name)'")
            }
            record[name] = try value.prepared(for: field.kind)
        }
        try await store.validate(record)
        record.database = database
        guard Root.isObserved else {
            try await store.save(&record, .insert)
            var row = ModelRow(record, types: [:], prefix: "")
            return try Root(row: &row)
        }
        // A counted key that is not known yet is 0 in an object.
        if record.key.isNull, record.model.primaryKey.kind.isCounted { record["pk"] = .int(0) }
        var row = ModelRow(record, types: [:], prefix: "")
        var object = try Root(row: &row)
        object.state.isNew = true
        try await object.save(.insert)
        return object
    }

    /// The only object that a condition is true for, or a new one.
    ///
    /// If somebody else inserts it in between, theirs is given.
    public func getOrCreate(
        _ condition: (Root.Fields) -> Q, orCreate make: () -> Root
    ) async throws -> (object: Root, created: Bool) {
        let wanted = filter(condition)
        do {
            return (try await wanted.get(), false)
        } catch let error as ModelError where error.code == .notFound {
            do {
                let databases = try Databases.required()
                let model = try databases.main.schema.required(Root.label)
                // In a savepoint, so that a refused insertion does not end a transaction around it.
                let made = try await databases.writing(model, named: database).transaction {
                    try await create(make())
                }
                return (made, true)
            } catch let error as ModelError where error.code == .integrity {
                if let found = try? await wanted.get() { return (found, false) }
                throw error
            }
        }
    }

    /// Changes the only object that a condition is true for, or inserts a new one.
    public func updateOrCreate(
        _ condition: (Root.Fields) -> Q, update: (inout Root) -> Void, orCreate make: () -> Root
    ) async throws -> (object: Root, created: Bool) {
        let databases = try Databases.required()
        let model = try databases.main.schema.required(Root.label)
        let wanted = filter(condition)
        return try await databases.writing(model, named: database).transaction {
            do {
                var found = try await wanted.selectForUpdate().get()
                update(&found)
                try await found.save(.update)
                return (found, false)
            } catch let error as ModelError where error.code == .notFound {
                return try await getOrCreate(condition, orCreate: make)
            }
        }
    }

    private func insert(_ objects: [Root], _ body: (RecordStore, [Record]) async throws -> [Record]) async throws
        -> [Root]
    {
        guard !objects.isEmpty else { return [] }
        let store = try Databases.required().store
        let schema = store.schema
        let records = try await body(store, try objects.map { try prepared($0).record(in: schema) })
        var made = objects
        for (index, record) in records.enumerated() { try made[index].adopt(record) }
        return made
    }

    /// Inserts objects by as few statements as there can be; gives them with their keys.
    ///
    /// With `ignoringConflicts`, rows that break a constraint are left out, and no keys are given.
    public func bulkCreate(_ objects: [Root], ignoringConflicts: Bool = false, batch: Int? = nil) async throws
        -> [Root]
    {
        try await insert(objects) { try await $0.insert($1, ignoringConflicts: ignoringConflicts, batch: batch) }
    }

    /// Inserts objects; where a row with the same unique columns is there, that row takes some columns of the new one.
    public func bulkCreate<each U, each K>(
        _ objects: [Root], updating columns: (Root.Fields) -> (repeat Expr<each U>),
        unique keys: (Root.Fields) -> (repeat Expr<each K>)
    ) async throws -> [Root] {
        let updated = Self.names(repeat each columns(QuerySet<Root>.fields))
        let unique = Self.names(repeat each keys(QuerySet<Root>.fields))
        return try await insert(objects) { try await $0.insert($1, updating: updated, unique: unique) }
    }

    /// Writes some columns of objects that have rows, by one statement for each batch; gives the number of rows.
    public func bulkUpdate<each U>(
        _ objects: [Root], _ columns: (Root.Fields) -> (repeat Expr<each U>), batch: Int = 500
    ) async throws -> Int {
        let store = try Databases.required().store
        let schema = store.schema
        let records = try objects.map { try prepared($0).record(in: schema) }
        return try await store.update(
            records, fields: Self.names(repeat each columns(QuerySet<Root>.fields)), batch: batch)
    }

    private static func names<each U>(_ columns: repeat Expr<each U>) -> [String] {
        var names: [String] = []
        for column in repeat each columns { names.append(column.fieldName ?? "") }
        return names
    }

    /// Changes all rows of the set by one statement; gives how many there were.
    @discardableResult
    public func update(
        @UpdateBuilder<Root> _ updates: (Root.Fields) -> [FieldUpdate<Root>], fileID: StaticString = #fileID,
        line: UInt = #line
    ) async throws -> Int {
        let assignments = updates(QuerySet<Root>.fields).map { ($0.name, to: $0.operand) }
        let store = try Databases.required().store
        guard !querySet.tree.isSliced else {
            throw ModelError(.type, "Cannot update a query once a slice has been taken.")
        }
        return try await observed(fileID, line) { try await store.update(querySet.tree, assignments) }
    }
}

extension QuerySet {
    /// Deletes the rows and what refers to them, as their references say.
    ///
    /// A manager has no such method: deleting everything is written `objects.all().delete()`.
    @discardableResult
    public func delete(fileID: StaticString = #fileID, line: UInt = #line) async throws -> DeleteReport {
        try await observed(fileID, line) {
            let databases = try Databases.required()
            let store = databases.store
            guard Root.isObserved else { return try await store.delete(tree) }
            let model = try store.schema.required(Root.label)
            let database = try databases.writing(model, named: tree.database, hint: tree.hint)
            // Those that are told are those that go.
            return try await database.transaction {
                let objects = try await using(database.name).fetch()
                return try await Root.hooked(objects, in: database) { try await store.delete(tree) }
            }
        }
    }
}

extension QueryTree {
    var isSliced: Bool { steps.contains { if case .slice = $0 { true } else { false } } }
}
