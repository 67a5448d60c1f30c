// SPDX-License-Identifier: Apache-2.0

/// What can be asked of the databases in terms of schema: the untyped side of query sets.
///
/// The typed sets send the same queries and read rows straight into structs; admin pages and generic runners use this.
public struct RecordStore: Sendable {
    /// The databases that it asks.
    public let databases: Databases

    /// A store over the databases of a program.
    public init(_ databases: Databases) { self.databases = databases }

    /// The schema that names are looked up in.
    public var schema: Schema { databases.main.schema }

    func reading(_ tree: QueryTree) throws -> Database {
        try databases.reading(try schema.required(tree.model), named: tree.database, hint: tree.hint)
    }

    // MARK: Rows

    /// The objects of a query, with everything that it loads with them.
    public func fetch(_ tree: QueryTree) async throws -> [Record] {
        let database = try reading(tree)
        let plan = try database.plan(tree)
        guard !plan.isEmpty else { return [] }
        guard case .object(let shape, let annotations) = plan.rows else {
            throw ModelError(.type, "a query of values has no objects")
        }
        if plan.locksRows, database.transaction == nil {
            throw ModelError(.transaction, "select_for_update cannot be used outside of a transaction.")
        }
        let kinds = plan.kinds
        let name = database.name
        var records = try await database.run(plan.statement, writing: plan.locksRows) { reader in
            var records: [Record] = []
            while try reader.next() {
                guard var record = try Self.record(shape, reader, kinds, database: name) else { continue }
                for (name, column) in annotations { record.annotations[name] = try reader.value(column, kinds[column]) }
                records.append(record)
            }
            return records
        }
        try await load(plan.prefetches, into: &records, database: database)
        return records
    }

    /// An object out of the columns of a row; nil if the row has none, because a join found nothing.
    static func record(_ shape: ObjectShape, _ reader: RowReader, _ kinds: [FieldKind?], database: String) throws
        -> Record?
    {
        var values = [Value?](repeating: nil, count: shape.model.fields.count)
        for (field, column) in shape.columns { values[field] = try reader.value(column, kinds[column]) }
        var record = Record(shape.model, values: values, database: database)
        guard !record.key.isNull else { return nil }
        for (name, _, other) in shape.related {
            record.related.updateValue(try self.record(other, reader, kinds, database: database), forKey: name)
        }
        return record
    }

    /// The rows of a query of values: for each the values by position; a key of several fields is a list.
    public func values(_ tree: QueryTree) async throws -> (names: [String], rows: [[Value]]) {
        let database = try reading(tree)
        let plan = try database.plan(tree)
        guard case .values(let shape) = plan.rows else { throw ModelError(.type, "a query of objects has no values") }
        let names = shape.map(\.name)
        guard !plan.isEmpty else { return (names, []) }
        let kinds = plan.kinds
        let rows = try await database.run(plan.statement, writing: false) { reader in
            var rows: [[Value]] = []
            while try reader.next() {
                rows.append(
                    try shape.map { _, columns in
                        let values = try columns.map { try reader.value($0, kinds[$0]) }
                        return values.count == 1 ? values[0] : .list(values)
                    })
            }
            return rows
        }
        return (names, rows)
    }

    // MARK: Answers

    /// Aggregates over all rows of a query, in the order of their names.
    public func aggregate(_ tree: QueryTree, _ aggregates: [(name: String, expression: QueryExpression)]) async throws
        -> [Value]
    {
        let database = try reading(tree)
        let plan = try database.planner.aggregate(tree, aggregates)
        return try await answer(plan, database)
    }

    private func answer(_ plan: AggregatePlan, _ database: Database) async throws -> [Value] {
        if let known = plan.known { return known }
        let kinds = plan.plan.kinds
        return try await database.run(plan.plan.statement, writing: false) { reader in
            guard try reader.next() else { return [] }
            return try kinds.enumerated().map { try reader.value($0, $1) }
        }
    }

    /// How many rows a query has.
    public func count(_ tree: QueryTree) async throws -> Int {
        let database = try reading(tree)
        let plan = try database.planner.count(tree)
        guard case .int(let count)? = try await answer(plan, database).first else { return 0 }
        return Int(count)
    }

    /// Whether a query has a row.
    public func exists(_ tree: QueryTree) async throws -> Bool {
        let database = try reading(tree)
        let plan = try database.planner.exists(tree)
        guard !plan.isEmpty else { return false }
        let isCount = if case .values(let columns) = plan.rows { !columns.isEmpty } else { false }
        return try await database.run(plan.statement, writing: false) { reader in
            guard try reader.next() else { return false }
            return isCount ? reader.int(0) > 0 : true
        }
    }

    /// The only object of a query; throws `ModelError` with the code `.notFound` or `.multiple`.
    public func get(_ tree: QueryTree) async throws -> Record {
        let found = try await fetch(tree.forGet)
        try Self.check(count: found.count, tree)
        return found[0]
    }

    static func check(count: Int, _ tree: QueryTree) throws {
        if count == 0 { throw ModelError(.notFound, "\(tree.model) matching query does not exist.") }
        if count > 1 {
            throw ModelError(
                .multiple,
                "get() returned more than one \(tree.model) -- it returned \(count > 20 ? "more than 20" : "\(count)")!"
            )
        }
    }
}

extension QueryTree {
    /// For `get`: no order, and no more rows than are needed to see that there are too many.
    package var forGet: QueryTree {
        let hasOwnLimit = steps.contains { step in
            switch step {
            case .slice, .distinct: true
            case .compound: true
            default: false
            }
        }
        let plain = hasOwnLimit ? self : adding(.clearOrder)
        return plain.adding(.slice(offset: 0, limit: 21))
    }
}
