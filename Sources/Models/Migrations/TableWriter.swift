// SPDX-License-Identifier: Apache-2.0

/// Writes the statements that make tables.
package struct TableWriter {
    let dialect: any Dialect

    init(_ dialect: any Dialect) { self.dialect = dialect }

    /// The statements for the tables of a schema.
    package static func createAll(_ schema: Schema, on dialect: any Dialect) throws -> [String] {
        try createAll(DeclaredSchema(schema, dialects: [dialect]), but: [], on: dialect)
    }

    /// The statements for the tables of a schema that are not there yet.
    static func createAll(_ declared: DeclaredSchema, but present: Set<String>, on dialect: any Dialect) throws
        -> [String]
    {
        var state = SchemaState()
        state.tables = declared.state.tables.filter { present.contains($0.key) }
        if dialect.features.altersTables {
            let operations = try SchemaDiff.operations(from: state, to: declared, allowsDrops: false)
            return try MigrationHistory.statements(operations, from: state, on: dialect)
        }
        // Tables that refer to each other need no second look where references may lead to what is not there yet.
        let all = declared.state
        let writer = TableWriter(dialect)
        return all.ordered(all.tables.keys).filter { !present.contains($0) }
            .flatMap { name in all.tables[name].map { writer.create(name, $0) } ?? [] }
    }

    /// A table with its indexes.
    func create(_ name: String, _ table: TableState) -> [String] {
        ["CREATE TABLE \(quoted(name)) (\n\(body(table))\n)"] + indexes(name, table)
    }

    /// What stands in the parentheses of a table.
    func body(_ table: TableState) -> String {
        var lines = table.columns.map { column($0) }
        if !table.key.isEmpty { lines.append("PRIMARY KEY (\(list(table.key)))") }
        lines += table.constraints.filter { !$0.isIndex }.map(definition)
        return lines.map { "    \($0)" }.joined(separator: ",\n")
    }

    /// The indexes of a table, those among its constraints too.
    func indexes(_ name: String, _ table: TableState) -> [String] {
        table.constraints.filter(\.isIndex).map { index($0, on: name) } + table.indexes.map { index($0, on: name) }
    }

    func index(_ index: IndexState, on table: String) -> String {
        let columns = index.columns.map { $0.hasPrefix("-") ? quoted(String($0.dropFirst())) + " DESC" : quoted($0) }
        return "CREATE INDEX \(quoted(index.name)) ON \(quoted(table)) (\(columns.joined(separator: ", ")))"
    }

    /// A rule about some of the rows.
    func index(_ constraint: ConstraintState, on table: String) -> String {
        "CREATE UNIQUE INDEX \(quoted(constraint.name)) ON \(quoted(table)) (\(list(constraint.columns ?? []))) WHERE "
            + spelled(constraint.condition)
    }

    func definition(_ constraint: ConstraintState) -> String {
        let rule = constraint.columns.map { "UNIQUE (\(list($0)))" } ?? "CHECK (\(spelled(constraint.condition)))"
        return "CONSTRAINT \(quoted(constraint.name)) \(rule)"
    }

    /// A column in a table's definition.
    func column(_ column: ColumnState) -> String {
        var line = "\(quoted(column.name)) \(dialect.type(of: column.kind))"
        if let generated = column.generated { line += " GENERATED ALWAYS AS (\(spelled(generated))) STORED" }
        if let value = column.defaultValue { line += " DEFAULT \(spelled(value))" }
        line += column.isNull ? " NULL" : " NOT NULL"
        if column.isKey {
            line += " PRIMARY KEY"
            if column.kind.isCounted { line += dialect.countedKeySuffix }
        } else if column.isUnique {
            line += " UNIQUE"
        }
        if !dialect.features.hasJSONType, column.kind == .json {
            line += " CHECK (JSON_VALID(\(quoted(column.name))) OR \(quoted(column.name)) IS NULL)"
        }
        if let reference = column.reference { line += " " + references(reference) }
        return line
    }

    func references(_ reference: ReferenceState) -> String {
        "REFERENCES \(quoted(reference.table)) (\(quoted(reference.column))) DEFERRABLE INITIALLY DEFERRED"
    }

    func spelled(_ spelling: Spelling?) -> String { spelling?[dialect.name] ?? "NULL" }

    func list(_ columns: [String]) -> String { columns.map(quoted).joined(separator: ", ") }

    func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
}
