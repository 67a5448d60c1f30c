// SPDX-License-Identifier: Apache-2.0

/// What models ask for, with what they say about how it came to be.
struct DeclaredSchema {
    var state = SchemaState()
    /// Earlier names of tables, by table.
    var formerTables: [String: String] = [:]
    /// Earlier names of columns, by table and column.
    var formerColumns: [String: [String: String]] = [:]
    /// What rows get that are there already, by table and column.
    var fills: [String: [String: Spelling]] = [:]

    /// - Parameter dialects: those that definitions are spelled in.
    init(_ schema: Schema, dialects: [any Dialect] = [SQLiteDialect(), PostgreSQLDialect()]) throws {
        let literals = dialects.map { LiteralWriter(schema: schema, dialect: $0) }
        for model in schema.models where model.declaration.isManaged && model.concrete == model.id {
            let table = try Self.table(model, schema, literals)
            guard state.tables.updateValue(table, forKey: model.table) == nil else {
                throw ModelError(.schema, "two models have the table \(model.table)")
            }
            formerTables[model.table] = model.declaration.formerTable
            for field in model.localFields {
                formerColumns[model.table, default: [:]][field.column] = field.declaration.formerColumn
                if case .value(let value)? = field.declaration.defaultValue {
                    let stored = try value.stored(in: field)
                    fills[model.table, default: [:]][field.column] = try? Self.spelling(literals) {
                        try $0.literal(stored)
                    }
                }
            }
        }
    }

    private static func spelling(_ literals: [LiteralWriter], _ write: (LiteralWriter) throws -> String) rethrows
        -> Spelling
    {
        var spelling: Spelling = [:]
        for literal in literals { spelling[literal.dialect.name] = try write(literal) }
        return spelling
    }

    private static func table(_ model: ModelSchema, _ schema: Schema, _ literals: [LiteralWriter]) throws -> TableState
    {
        func column(_ name: String) throws -> String {
            guard let field = model.field(name) else {
                throw ModelError(.schema, "\(model.label) has no field \(name)")
            }
            return field.column
        }
        var table = TableState(
            model: model.label,
            columns: try model.localFields.map { field in
                var column = ColumnState(name: field.column, kind: field.kind, isNull: field.isNull)
                column.isKey = field.isPrimaryKey
                column.isUnique = field.isUnique && !field.isPrimaryKey
                column.defaultValue = try field.declaration.databaseDefault.map { value in
                    try spelling(literals) { try $0.literal(value) }
                }
                column.generated = try field.declaration.generated.map { expression in
                    try spelling(literals) { try $0.literal(expression, model) }
                }
                if let relation = field.relation, relation.declaration.hasConstraint {
                    column.reference = ReferenceState(
                        table: schema[relation.target].table, column: schema.target(of: relation).column)
                }
                return column
            })
        if model.hasCompositeKey { table.key = model.keyFields.map(\.column) }
        table.constraints = try model.declaration.constraints.map { constraint in
            switch constraint {
            case .unique(let name, let fields, let condition):
                ConstraintState(
                    name: name, columns: try fields.map(column),
                    condition: try condition.map { condition in
                        try spelling(literals) { try $0.literal(condition, model) }
                    })
            case .check(let name, let condition):
                ConstraintState(
                    name: name, columns: nil,
                    condition: try spelling(literals) { try $0.literal(condition, model) })
            }
        }
        for field in model.localFields where field.declaration.isIndexed && !field.isUnique {
            table.indexes.append(IndexState(name: "\(model.table)_\(field.column)_idx", columns: [field.column]))
        }
        for index in model.declaration.indexes {
            let columns = try index.fields.map { name in
                name.hasPrefix("-") ? "-" + (try column(String(name.dropFirst()))) : try column(name)
            }
            table.indexes.append(IndexState(name: index.name, columns: columns))
        }
        return table
    }
}

/// Writes values and expressions of definitions, where nothing can be bound and columns have no table.
struct LiteralWriter {
    let schema: Schema
    let dialect: any Dialect

    private var planner: Planner { Planner(schema: schema, dialect: dialect, now: Timestamp(microseconds: 0)) }

    func literal(_ expression: QueryExpression, _ model: ModelSchema) throws -> String {
        try literal(model) { try $0.resolve(expression, reuse: nil) }
    }

    func literal(_ predicate: QueryPredicate, _ model: ModelSchema) throws -> String {
        try literal(model) { select in
            .condition(try select.resolve(predicate, reuse: nil, allowsJoins: false, summarize: false))
        }
    }

    private func literal(_ model: ModelSchema, _ resolve: (Select) throws -> Node) throws -> String {
        let context = ResolveContext(schema: schema, features: dialect.features, database: nil)
        let select = Select(model, context: context)
        let node = try resolve(select)
        guard select.joins.count <= 1 else {
            throw ModelError(.field, "a definition of \(model.label) leads to another table")
        }
        let own = node.mapping { node in
            if case .column(_, let field) = node { .reference(field.column, node) } else { nil }
        }
        var writer = SQLWriter()
        try planner.compiler().write(own, into: &writer)
        var values = writer.binds[...]
        var text = ""
        for scalar in String(decoding: writer.text, as: UTF8.self).unicodeScalars {
            if scalar.value == UInt32(SQLWriter.mark), let value = values.popFirst() {
                text += try literal(value)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// A value as a literal: for definitions only, statements bind.
    func literal(_ value: Value) throws -> String {
        switch value {
        case .null: return "NULL"
        case .bool(let flag): return dialect.features.hasBooleans ? (flag ? "true" : "false") : (flag ? "1" : "0")
        case .int(let number), .duration(let number): return String(number)
        case .double(let number): return "\(number)"
        case .decimal(let number): return number.description
        case .bytes, .list: throw ModelError(.value, "a definition cannot hold \(value)")
        default:
            let text = value.plainText
            guard !text.unicodeScalars.contains(where: { $0.value == 0 }) else {
                throw ModelError(.value, "a definition cannot hold a zero byte")
            }
            return "'" + text.replacing("'", with: "''") + "'"
        }
    }
}
