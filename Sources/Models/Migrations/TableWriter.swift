// SPDX-License-Identifier: Apache-2.0

/// Writes the statements that make the tables of a schema.
package struct TableWriter {
    let planner: Planner

    package init(_ planner: Planner) { self.planner = planner }

    private var dialect: any Dialect { planner.dialect }
    private var schema: Schema { planner.schema }

    /// The statements for all tables, those that are referred to first.
    package func createAll(where isWanted: (ModelSchema) -> Bool = { _ in true }) throws -> [String] {
        try ordered().filter(isWanted).flatMap { try create($0) }
    }

    /// Models with a table of their own, each after those that it refers to, as far as there is such an order.
    private func ordered() throws -> [ModelSchema] {
        var done: Set<ModelID> = []
        var order: [ModelSchema] = []
        func visit(_ model: ModelSchema, _ path: Set<ModelID>) {
            guard model.concrete == model.id, !done.contains(model.id), !path.contains(model.id) else { return }
            for field in model.localFields {
                if let target = field.relation?.target {
                    visit(schema[schema[target].concrete], path.union([model.id]))
                }
            }
            if done.insert(model.id).inserted { order.append(model) }
        }
        for model in schema.models where model.declaration.isManaged { visit(model, []) }
        return order
    }

    /// The table of a model, with its indexes.
    package func create(_ model: ModelSchema) throws -> [String] {
        var lines = try model.localFields.map(column)
        if model.hasCompositeKey {
            lines.append("PRIMARY KEY (\(model.keyFields.map { quoted($0.column) }.joined(separator: ", ")))")
        }
        var statements: [String] = []
        for constraint in model.declaration.constraints {
            switch constraint {
            case .unique(let name, let fields, nil):
                let columns = try fields.map { quoted(try fieldOf(model, $0).column) }.joined(separator: ", ")
                lines.append("CONSTRAINT \(quoted(name)) UNIQUE (\(columns))")
            case .unique(let name, let fields, let condition?):
                let columns = try fields.map { quoted(try fieldOf(model, $0).column) }.joined(separator: ", ")
                statements.append(
                    "CREATE UNIQUE INDEX \(quoted(name)) ON \(quoted(model.table)) (\(columns)) WHERE "
                        + (try literal(condition, model)))
            case .check(let name, let condition):
                lines.append("CONSTRAINT \(quoted(name)) CHECK (\(try literal(condition, model)))")
            }
        }
        let body = lines.map { "    \($0)" }.joined(separator: ",\n")
        statements.insert("CREATE TABLE \(quoted(model.table)) (\n\(body)\n)", at: 0)
        for field in model.localFields where field.declaration.isIndexed && !field.isUnique {
            statements.append(
                "CREATE INDEX \(quoted("\(model.table)_\(field.column)_idx")) ON \(quoted(model.table)) (\(quoted(field.column)))"
            )
        }
        for index in model.declaration.indexes {
            let columns = try index.fields.map { name -> String in
                let isDescending = name.hasPrefix("-")
                let field = try fieldOf(model, isDescending ? String(name.dropFirst()) : name)
                return quoted(field.column) + (isDescending ? " DESC" : "")
            }
            statements.append(
                "CREATE INDEX \(quoted(index.name)) ON \(quoted(model.table)) (\(columns.joined(separator: ", ")))")
        }
        return statements
    }

    private func column(_ field: FieldSchema) throws -> String {
        var line = "\(quoted(field.column)) \(dialect.type(of: field.kind))"
        if let generated = field.declaration.generated {
            line += " GENERATED ALWAYS AS (\(try literal(generated, schema[field.model]))) STORED"
        }
        if let value = field.declaration.databaseDefault { line += " DEFAULT \(try literal(value))" }
        line += field.isNull ? " NULL" : " NOT NULL"
        if field.isPrimaryKey {
            line += " PRIMARY KEY"
            if field.kind.isCounted { line += dialect.countedKeySuffix }
        } else if field.isUnique {
            line += " UNIQUE"
        }
        if dialect.name == "sqlite", field.kind == .json {
            line += " CHECK (JSON_VALID(\(quoted(field.column))) OR \(quoted(field.column)) IS NULL)"
        }
        if let relation = field.relation, relation.declaration.hasConstraint {
            let target = schema[relation.target]
            line +=
                " REFERENCES \(quoted(target.table)) (\(quoted(schema.target(of: relation).column))) DEFERRABLE INITIALLY DEFERRED"
        }
        return line
    }

    private func fieldOf(_ model: ModelSchema, _ name: String) throws -> FieldSchema {
        guard let field = model.field(name) else { throw ModelError(.schema, "\(model.label) has no field \(name)") }
        return field
    }

    private func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

    // MARK: Literals

    /// An expression of a definition, where nothing can be bound and columns have no table.
    private func literal(_ expression: QueryExpression, _ model: ModelSchema) throws -> String {
        try literal(model) { try $0.resolve(expression, reuse: nil) }
    }

    private func literal(_ predicate: QueryPredicate, _ model: ModelSchema) throws -> String {
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
        case .bool(let flag): return dialect.name == "sqlite" ? (flag ? "1" : "0") : (flag ? "true" : "false")
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
