// SPDX-License-Identifier: Apache-2.0

/// What a column is set to.
package enum Assignment: Sendable {
    case value(Value)
    case expression(QueryExpression)
}

/// What happens to a row whose key or unique values are there already.
package enum ConflictRule: Sendable {
    /// The row that is there stays as it is.
    case ignore
    /// The row that is there takes these fields of the new one.
    case update(fields: [FieldSchema], unique: [FieldSchema])
}

extension Planner {
    /// An insertion of rows into a model's own table.
    package func insert(
        _ model: ModelSchema, _ fields: [FieldSchema], _ rows: [[Assignment]], returning: [FieldSchema] = [],
        conflict: ConflictRule? = nil
    ) throws -> Statement {
        let compiler = try compiler()
        var writer = SQLWriter()
        writer.write("INSERT INTO ")
        writer.quote(model.table)
        if fields.isEmpty {
            writer.write(" DEFAULT VALUES")
        } else {
            writer.write(" (")
            for (index, field) in fields.enumerated() {
                if index > 0 { writer.write(", ") }
                writer.quote(field.column)
            }
            writer.write(") VALUES ")
            for (index, row) in rows.enumerated() {
                writer.write(index == 0 ? "(" : ", (")
                for (position, (field, assignment)) in zip(fields, row).enumerated() {
                    if position > 0 { writer.write(", ") }
                    try write(assignment, field, of: nil, compiler, &writer)
                }
                writer.write(")")
            }
        }
        try write(conflict, &writer)
        if !returning.isEmpty {
            writer.write(" RETURNING ")
            for (index, field) in returning.enumerated() {
                if index > 0 { writer.write(", ") }
                writer.quote(field.column)
            }
        }
        return try statement(writer)
    }

    private func write(_ conflict: ConflictRule?, _ writer: inout SQLWriter) throws {
        switch conflict {
        case nil: return
        case .ignore?: writer.write(" ON CONFLICT DO NOTHING")
        case .update(let fields, let unique)?:
            writer.write(" ON CONFLICT (")
            for (index, field) in unique.enumerated() {
                if index > 0 { writer.write(", ") }
                writer.quote(field.column)
            }
            writer.write(") DO UPDATE SET ")
            for (index, field) in fields.enumerated() {
                if index > 0 { writer.write(", ") }
                writer.quote(field.column)
                writer.write(" = EXCLUDED.")
                writer.quote(field.column)
            }
        }
    }

    private func write(
        _ assignment: Assignment, _ field: FieldSchema, of select: Select?, _ compiler: SQLCompiler,
        _ writer: inout SQLWriter
    ) throws {
        switch assignment {
        case .value(.null): writer.write("NULL")
        case .value(let value):
            compiler.dialect.write(value: try value.stored(in: field), field.kind, &writer)
        case .expression(let expression):
            guard let select else {
                let model = schema[field.model]
                let own = Select(
                    model, context: ResolveContext(schema: schema, features: dialect.features, database: database))
                let node = try own.resolve(expression, reuse: nil, allowsJoins: false)
                guard own.joins.isEmpty else {
                    throw ModelError(
                        .value,
                        "Failed to insert expression on \(model.label): F() expressions can only be used to update, not to insert."
                    )
                }
                try compiler.write(node, into: &writer)
                return
            }
            let node = try select.resolve(expression, reuse: nil, allowsJoins: false)
            guard !node.containsAggregate else {
                throw ModelError(.field, "Aggregate functions are not allowed in this query (\(field.name)).")
            }
            guard !node.containsWindow else {
                throw ModelError(.field, "Window expressions are not allowed in this query (\(field.name)).")
            }
            if case .value(let value, let kind) = node {
                compiler.dialect.write(value: try value.stored(in: field), kind ?? field.kind, &writer)
            } else {
                try compiler.write(node, into: &writer)
            }
        }
    }

    /// A change of all rows of a query, in the model's own table; nil if it is known that there is none.
    package func update(_ tree: QueryTree, _ assignments: [(field: FieldSchema, to: Assignment)]) throws -> Statement? {
        var select = try resolve(tree)
        guard !select.isSliced else { throw ModelError(.type, "Cannot update a query once a slice has been taken.") }
        guard select.compound == nil else {
            throw ModelError(.unsupported, "Calling update() after a set operation is not supported.")
        }
        guard select.distinctOn.isEmpty else {
            throw ModelError(.type, "Cannot call update() after .distinct(*fields).")
        }
        if select.isNeverMatching { return nil }
        select = try withoutJoins(select, tree)
        let compiler = try compiler()
        if select.joins.isEmpty { _ = select.base() }
        var writer = SQLWriter()
        writer.write("UPDATE ")
        writer.quote(select.model.table)
        writer.write(" SET ")
        for (index, (field, assignment)) in assignments.enumerated() {
            if index > 0 { writer.write(", ") }
            writer.quote(field.column)
            writer.write(" = ")
            try write(assignment, field, of: select, compiler, &writer)
        }
        try compiler.writeWhere([select.condition], into: &writer)
        return try statement(writer)
    }

    /// A deletion of all rows of a query from the model's own table; nil if it is known that there is none.
    package func delete(_ tree: QueryTree) throws -> Statement? {
        var select = try resolve(tree)
        if select.isNeverMatching { return nil }
        select = try withoutJoins(select, tree)
        var writer = SQLWriter()
        writer.write("DELETE FROM ")
        writer.quote(select.model.table)
        try compiler().writeWhere([select.condition], into: &writer)
        return try statement(writer)
    }

    /// A query of one table: conditions on others are asked by a subquery for the keys.
    private func withoutJoins(_ select: Select, _ tree: QueryTree) throws -> Select {
        let used = select.joins.filter { $0.uses > 0 }
        let isPlain = used.allSatisfy { $0.kind == .base } && used.count <= 1 && !select.hasGroups
        guard !isPlain || select.condition.containsAggregate || select.condition.containsWindow else { return select }
        let keys = tree.adding(.clearOrder).adding(.values([.path(LookupPath("pk"))]))
        return try resolve(QueryTree(tree.model).filter(.lookup(LookupPath("pk__in"), .query(keys))))
    }
}

extension Value {
    /// The value as a field stores it; decimals get the field's places.
    package func stored(in field: FieldSchema) throws -> Value {
        let value = try prepared(for: field.kind)
        if case .decimal(let number) = value, case .decimal(let digits, let places) = field.kind {
            let rounded = number.rounded(places: places)
            guard
                String(rounded.digits.magnitude).utf8.count + (places - rounded.places) <= digits || rounded.digits == 0
            else {
                throw ModelError(.database, "\(number) has too many digits for \(field.name)")
            }
            return .decimal(rounded)
        }
        return value
    }
}
