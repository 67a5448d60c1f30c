// SPDX-License-Identifier: Apache-2.0

/// Turns queries into statements: resolves them against a schema and writes them in a dialect.
package struct Planner: Sendable {
    package let schema: Schema
    package let dialect: any Dialect
    /// The name of the database that statements go to.
    package let database: String
    /// What `Now()` is, and what the fields get that take the clock.
    package let now: Timestamp

    package init(schema: Schema, dialect: any Dialect, database: String = "default", now: Timestamp) {
        self.schema = schema
        self.dialect = dialect
        self.database = database
        self.now = now
    }

    func compiler() throws -> SQLCompiler {
        guard let writer = dialect as? any DialectWriter else {
            throw ModelError(.unsupported, "\(dialect.name) has no SQL of its own")
        }
        return SQLCompiler(dialect: writer, now: now)
    }

    func resolve(_ tree: QueryTree) throws -> Select {
        let context = ResolveContext(schema: schema, features: dialect.features, database: database)
        let select = Select(try schema.required(tree.model), context: context)
        try select.replay(tree)
        return select
    }

    func statement(_ writer: SQLWriter) throws -> Statement {
        guard writer.binds.count <= dialect.features.maxBinds else {
            throw ModelError(.database, "a statement of \(writer.binds.count) values is too large for \(dialect.name)")
        }
        return Statement(sql: writer.finished(dialect.placeholders), binds: writer.binds)
    }

    /// The statement for the rows of a query.
    package func select(_ tree: QueryTree) throws -> QueryPlan {
        try plan(try resolve(tree))
    }

    func plan(_ select: Select) throws -> QueryPlan {
        // Names are checked even if nothing will be asked.
        let compiled = try compiler().select(select)
        return QueryPlan(
            statement: try statement(compiled.writer), kinds: compiled.output.map(\.node.outputKind),
            rows: compiled.shape, prefetches: select.prefetches, model: select.model,
            isEmpty: select.isNeverMatching,
            locksRows: select.lock != nil && dialect.features.hasRowLocks)
    }

    /// A statement with one row if the query has one, or with none.
    package func exists(_ tree: QueryTree) throws -> QueryPlan {
        let select = try resolve(tree)
        select.makeExistence()
        if case .model = select.grouping { try select.groupByModel() }
        for part in select.compound?.parts ?? [] { part.order = [] }
        guard select.compound == nil else {
            return try aggregate(select, [("a", .aggregate(AggregateCall(.count, .star)))]).plan
        }
        return try plan(select)
    }
}

extension Node {
    /// What a column of a result holds: a decimal of a field has that field's places.
    var outputKind: FieldKind? { kind }
}
