// SPDX-License-Identifier: Apache-2.0

/// Whether an object is inserted or changed by `save`.
public enum SaveMode: Sendable {
    /// Changed if it has a key that is there, else inserted.
    case automatic
    case insert
    case update
}

extension RecordStore {
    /// The database that an object is written to: a new one where it was told to be, one that was read where its model
    /// is written, which may be another place than it was read from.
    func writing(_ record: Record) throws -> Database {
        let name = record.database == databases.main.name ? nil : record.database
        return record.isNew
            ? try databases.writing(record.model, named: name) : try databases.writing(record.model, hint: name)
    }

    /// Writes an object: all of its fields, or only some; fields may be set to expressions.
    ///
    /// Throws `ModelError` with the code `.database` if there was nothing to change though that was wanted.
    public func save(
        _ record: inout Record, _ mode: SaveMode = .automatic, fields: [String]? = nil,
        expressions: [String: QueryExpression] = [:]
    ) async throws {
        let database = try writing(record)
        var names = fields.map(Set.init)
        if let names, names.isEmpty { return }
        let deferred = record.deferred.filter { expressions[$0] == nil }
        if names == nil, mode != .insert, !record.isNew, !deferred.isEmpty {
            names = Set(record.model.fields.map(\.attribute)).subtracting(deferred)
        }
        if let unknown = names?.first(where: { record.model.field($0) == nil }) {
            throw ModelError(
                .value,
                "The following fields do not exist in this model, are m2m fields, primary keys, or are non-concrete fields: \(unknown)"
            )
        }
        let model = record.model
        guard !model.parents.isEmpty else {
            try await saveTable(model, model.localFields, &record, mode, names, expressions, database)
            record.isNew = false
            record.database = database.name
            return
        }
        var saved = record
        try await database.transaction {
            for parent in model.parents.reversed() {
                let owner = schema[parent.model]
                // The key of the parent is the key of the child.
                if let own = saved[parent.link.attribute], !own.isNull,
                    saved[owner.primaryKey.attribute]?.isNull != false
                {
                    saved[owner.primaryKey.attribute] = own
                }
                let wasNew = saved[owner.primaryKey.attribute]?.isNull != false
                try await saveTable(
                    owner, owner.localFields, &saved, wasNew ? .insert : mode, names, expressions, database)
                saved[parent.link.attribute] = saved[owner.primaryKey.attribute]
            }
            try await saveTable(
                model, model.localFields, &saved, record.isNew && record.key.isNull ? .insert : mode, names,
                expressions,
                database)
        }
        saved.isNew = false
        saved.database = database.name
        record = saved
    }

    private func saveTable(
        _ model: ModelSchema, _ all: [FieldSchema], _ record: inout Record, _ mode: SaveMode, _ names: Set<String>?,
        _ expressions: [String: QueryExpression], _ database: Database
    ) async throws {
        let keyNames = Set(model.keyFields.map(\.attribute))
        var fields = all.filter { $0.declaration.generated == nil }
        applyClock(fields, names, &record, database)
        if let names { fields = fields.filter { names.contains($0.name) || names.contains($0.attribute) } }
        let key = try keyPredicate(model, record)
        if key == nil, mode == .update || names != nil {
            throw ModelError(.value, "Cannot force an update in save() with no primary key.")
        }
        // A new object whose key has a default was not there before.
        let isSurelyNew =
            mode == .insert
            || (mode == .automatic && names == nil && record.isNew && model.primaryKey.declaration.defaultValue != nil)
        if let key, !isSurelyNew {
            let assignments = fields.filter { !keyNames.contains($0.attribute) }.compactMap {
                field -> (field: FieldSchema, to: Assignment)? in
                if let expression = expressions[field.attribute] { return (field, .expression(expression)) }
                return record[field.attribute].map { (field, .value($0)) }
            }
            let rows = QueryTree(model.label).filter(key)
            if assignments.isEmpty {
                if names != nil { return }
                if try await existsForUpdate(rows, database) { return }
            } else if let statement = try database.planner.update(rows, assignments) {
                if try await database.execute(statement) > 0 { return }
            }
            if mode == .update || names != nil {
                throw ModelError(.database, "Forced update did not affect any rows.")
            }
        }
        let counted = key == nil && model.keyFields.count == 1 && model.primaryKey.kind.isCounted
        let inserted = all.filter {
            $0.declaration.generated == nil && !(counted && $0.isPrimaryKey)
                && !($0.declaration.databaseDefault != nil && record[$0.attribute] == nil)
        }
        let returned = all.filter { field in
            (counted && field.isPrimaryKey) || field.declaration.generated != nil
                || (field.declaration.databaseDefault != nil && record[field.attribute] == nil)
        }
        let row = inserted.map { field -> Assignment in
            expressions[field.attribute].map(Assignment.expression) ?? .value(record[field.attribute] ?? .null)
        }
        let statement = try database.planner.insert(model, inserted, [row], returning: returned)
        let values = try await database.run(statement, writing: true) { reader -> [Value] in
            guard try reader.next() else { return [] }
            return try returned.enumerated().map { try reader.value($0, $1.kind) }
        }
        for (field, value) in zip(returned, values) { record[field.attribute] = value }
    }

    private func existsForUpdate(_ rows: QueryTree, _ database: Database) async throws -> Bool {
        var rows = rows
        rows.database = database.name
        return try await exists(rows)
    }

    /// The condition for the row of an object; nil if its key is not known.
    func keyPredicate(_ model: ModelSchema, _ record: Record) throws -> QueryPredicate? {
        var parts: [QueryPredicate] = []
        for field in model.keyFields {
            guard let value = record[field.attribute], !value.isNull else { return nil }
            parts.append(.compare(LookupPath([field.name]), transforms: [], "exact", .value(value)))
        }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    /// Fields that take the time of the clock.
    func applyClock(_ fields: [FieldSchema], _ names: Set<String>?, _ record: inout Record, _ database: Database) {
        for field in fields {
            guard let rule = field.declaration.clock, rule == .whenSaved || record.isNew,
                names.map({ $0.contains(field.name) }) ?? true
            else { continue }
            let now = database.now
            switch field.kind {
            case .date: record[field.attribute] = .day(now.day)
            case .time: record[field.attribute] = .time(now.time)
            default: record[field.attribute] = .timestamp(now)
            }
        }
    }

    // MARK: Many rows

    /// Changes all rows of a query; gives how many there were.
    public func update(_ tree: QueryTree, _ assignments: [(name: String, to: Operand)]) async throws -> Int {
        let model = try schema.required(tree.model)
        let database = try databases.writing(model, named: tree.database, hint: tree.hint)
        var own: [(field: FieldSchema, to: Assignment)] = []
        var parents: [(owner: ModelSchema, field: FieldSchema, to: Assignment)] = []
        for (name, operand) in assignments {
            guard let field = model.field(name), field.isConcrete, !(field.isPrimaryKey && model.hasCompositeKey) else {
                throw ModelError(.field, "Cannot update model field \(name) (only concrete fields are permitted).")
            }
            let to: Assignment
            switch operand {
            case .value(let value): to = .value(value)
            case .expression(let expression): to = .expression(expression)
            case .object(_, let key, let fields): to = .value(field.relation.flatMap { fields[$0.targetField] } ?? key)
            case .query(let tree): to = .expression(.subquery(tree))
            case .list: throw ModelError(.type, "a column cannot be set to several values")
            }
            if schema[field.model].concrete == model.concrete {
                own.append((field, to))
            } else {
                parents.append((schema[field.model], field, to))
            }
        }
        guard !parents.isEmpty else {
            guard let statement = try database.planner.update(tree, own) else { return 0 }
            return try await database.execute(statement)
        }
        let (_, rows) = try await values(tree.adding(.clearOrder).adding(.values([.path(LookupPath("pk"))])))
        let keys = rows.map { $0[0] }
        guard !keys.isEmpty else { return 0 }
        return try await database.transaction {
            var count = 0
            var tables: [(ModelSchema, [(field: FieldSchema, to: Assignment)])] = [(model, own)]
            for (_, group) in Dictionary(grouping: parents, by: \.owner.id) {
                tables.append((group[0].owner, group.map { ($0.field, $0.to) }))
            }
            for (label, fields) in tables where !fields.isEmpty {
                let rows = QueryTree(label.label).filter(.lookup(LookupPath("pk__in"), .value(.list(keys))))
                if let statement = try database.planner.update(rows, fields) {
                    count = max(count, try await database.execute(statement))
                }
            }
            return count
        }
    }

    /// Inserts objects by as few statements as there can be; they get their keys.
    public func insert(
        _ records: [Record], updating fields: [String]? = nil, unique: [String] = [], ignoringConflicts: Bool = false,
        batch: Int? = nil
    ) async throws -> [Record] {
        guard let model = records.first?.model else { return [] }
        guard model.parents.isEmpty else {
            throw ModelError(.value, "Can't bulk create a multi-table inherited model")
        }
        let database = try writing(records[0])
        var conflict: ConflictRule?
        if ignoringConflicts { conflict = .ignore }
        if let fields {
            conflict = .update(
                fields: try fields.map { try known($0, model) }, unique: try unique.map { try known($0, model) })
        }
        var records = records
        let all = model.localFields.filter { $0.declaration.generated == nil }
        for index in records.indices { applyClock(all, nil, &records[index], database) }
        let rule = conflict
        let work = records
        records = try await database.transaction {
            var done = work
            for withKey in [true, false] {
                let positions = done.indices.filter { done[$0].key.isNull != withKey }
                if positions.isEmpty { continue }
                let columns = all.filter { field in
                    (withKey || !field.kind.isCounted)
                        && !(field.declaration.databaseDefault != nil && done[positions[0]][field.attribute] == nil)
                }
                let returned =
                    rule == nil
                    ? model.localFields.filter { field in
                        !columns.contains { $0 === field } || field.isPrimaryKey && !withKey
                    } : []
                let limit = max(1, database.driver.dialect.features.maxBinds / max(1, columns.count))
                let size = min(limit, batch ?? limit)
                for start in stride(from: 0, to: positions.count, by: size) {
                    let part = positions[start..<min(start + size, positions.count)]
                    let rows = part.map { position in
                        columns.map { Assignment.value(done[position][$0.attribute] ?? .null) }
                    }
                    let statement = try database.planner.insert(
                        model, columns, rows, returning: returned, conflict: rule)
                    let values = try await database.run(statement, writing: true) { reader in
                        var values: [[Value]] = []
                        while try reader.next() {
                            values.append(try returned.enumerated().map { try reader.value($0, $1.kind) })
                        }
                        return values
                    }
                    for (position, row) in zip(part, values) {
                        for (field, value) in zip(returned, row) { done[position][field.attribute] = value }
                    }
                    for position in part {
                        done[position].isNew = false
                        done[position].database = database.name
                    }
                }
            }
            return done
        }
        return records
    }

    func known(_ name: String, _ model: ModelSchema) throws -> FieldSchema {
        guard let field = model.field(name), field.isConcrete else {
            throw ModelError(.field, "\(model.label) has no field named '\(name)'")
        }
        return field
    }

    // MARK: Get or create

    /// The object that some values are true for; a new one with them and the defaults if there is none.
    public func getOrCreate(
        _ tree: QueryTree, _ lookups: [(name: String, value: Operand)], defaults: [(name: String, value: Operand)],
        assigning own: [(name: String, value: Operand)] = []
    ) async throws -> (record: Record, created: Bool) {
        let wanted = tree.filter(.and(lookups.map { .lookup(LookupPath($0.name), $0.value) }))
        do {
            return (try await get(wanted), false)
        } catch let error as ModelError where error.code == .notFound {
            let model = try schema.required(tree.model)
            let database = try databases.writing(model, named: tree.database, hint: tree.hint)
            var record = Record(model)
            record.database = database.name
            for (name, value) in own + lookups.filter({ !$0.name.contains("__") }) + defaults {
                try assign(name, value, to: &record)
            }
            do {
                let new = record
                let made = try await database.transaction {
                    var made = new
                    try await save(&made, .insert)
                    return made
                }
                return (made, true)
            } catch let error as ModelError where error.code == .integrity {
                // Someone else was faster.
                if let found = try? await get(wanted) { return (found, false) }
                throw error
            }
        }
    }

    /// Sets a field to a value or to an object.
    func assign(_ name: String, _ operand: Operand, to record: inout Record) throws {
        guard let field = record.model.field(name), field.isConcrete else {
            throw ModelError(.field, "\(record.model.label) has no field named '\(name)'")
        }
        switch operand {
        case .value(let value): record[field.attribute] = value
        case .object(_, let key, let fields):
            record[field.attribute] = field.relation.flatMap { fields[$0.targetField] } ?? key
        case .expression(.value(let value, _)): record[field.attribute] = value
        default: throw ModelError(.value, "\(name) cannot be set to this")
        }
    }

    // MARK: Loading again

    /// Loads fields of an object again: those named, or all that were loaded.
    public func load(_ record: inout Record, fields: [String]? = nil) async throws {
        let model = record.model
        var tree = QueryTree(model.label)
        tree.database = record.database == databases.main.name ? nil : record.database
        guard let key = try keyPredicate(model, record) else {
            throw ModelError(.notFound, "\(model.label) matching query does not exist.")
        }
        tree = tree.filter(key)
        var names = fields
        if names == nil, !record.deferred.isEmpty {
            names = zip(model.fields, record.values).filter { $0.1 != nil }.map(\.0.attribute)
        }
        if let names { tree = tree.adding(.only(names)) }
        let found = try await get(tree)
        for (position, value) in found.values.enumerated() {
            let field = model.fields[position]
            if let names, !names.contains(field.attribute), !names.contains(field.name) { continue }
            if let value { record.values[position] = value }
            if field.isReference { record.related[field.name] = nil }
        }
    }

    /// The parent's part of an object that was loaded as a child, if all of it is there.
    public func parent(of record: Record, _ relation: RelationSchema) -> Record? {
        let model = schema[relation.target]
        var parent = Record(model, values: [], database: record.database)
        parent.values = model.fields.map { record[$0.attribute] }
        return parent.values.contains { $0 == nil } ? nil : parent
    }

    /// How the database goes about a query.
    public func explain(_ tree: QueryTree) async throws -> String {
        let database = try reading(tree)
        var statement = try database.planner.select(tree).statement
        statement.sql = database.driver.dialect.explainKeyword + " " + statement.sql
        return try await database.run(statement, writing: false) { reader in
            var lines: [String] = []
            while try reader.next() { lines.append((0..<reader.count).map { reader.text($0) }.joined(separator: " ")) }
            return lines.joined(separator: "\n")
        }
    }
}
