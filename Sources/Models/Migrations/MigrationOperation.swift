// SPDX-License-Identifier: Apache-2.0

/// One step of a migration.
public enum MigrationOperation: Codable, Hashable, Sendable {
    case createTable(name: String, table: TableState)
    /// Drops a table with all of its rows.
    case dropTable(name: String)
    case renameTable(name: String, to: String)
    /// Says that a table holds another model's rows: nothing in the database changes.
    case setModel(table: String, model: String)
    /// Adds a column; `fill` is what the rows get that are there already.
    case addColumn(table: String, column: ColumnState, fill: Spelling?)
    /// Makes a column another one; `fill` stands in for NULL where it no longer may be.
    case alterColumn(table: String, column: ColumnState, fill: Spelling?)
    case renameColumn(table: String, name: String, to: String)
    /// Drops a column with all of its values.
    case dropColumn(table: String, name: String)
    case addConstraint(table: String, constraint: ConstraintState)
    case dropConstraint(table: String, name: String)
    case addIndex(table: String, index: IndexState)
    case dropIndex(table: String, name: String)
    /// A ``DataStep`` of the application, by its name.
    case run(step: String)
    /// Statements of one's own, by dialect.
    case sql(statements: [String: [String]])

    /// Whether something is lost that no later step can bring back.
    public var losesData: Bool {
        switch self {
        case .dropTable, .dropColumn: true
        default: false
        }
    }

    /// The table that it is about; nil for steps of the application's own.
    var table: String? {
        switch self {
        case .createTable(let name, _), .dropTable(let name), .renameTable(let name, _): name
        case .setModel(let table, _), .addColumn(let table, _, _), .alterColumn(let table, _, _),
            .renameColumn(let table, _, _), .dropColumn(let table, _), .addConstraint(let table, _),
            .dropConstraint(let table, _), .addIndex(let table, _), .dropIndex(let table, _):
            table
        case .run, .sql: nil
        }
    }

    /// The step back, given the tables before this one; nil if there is none.
    func inverse(in before: SchemaState) -> MigrationOperation? {
        switch self {
        case .createTable(let name, _): .dropTable(name: name)
        case .dropTable(let name): before.tables[name].map { .createTable(name: name, table: $0) }
        case .renameTable(let name, let new): .renameTable(name: new, to: name)
        case .setModel(let table, _): before.tables[table].map { .setModel(table: table, model: $0.model) }
        case .addColumn(let table, let column, _): .dropColumn(table: table, name: column.name)
        case .dropColumn(let table, let name):
            before.tables[table]?[column: name].map { .addColumn(table: table, column: $0, fill: nil) }
        case .alterColumn(let table, let column, _):
            before.tables[table]?[column: column.name].map { .alterColumn(table: table, column: $0, fill: nil) }
        case .renameColumn(let table, let name, let new): .renameColumn(table: table, name: new, to: name)
        case .addConstraint(let table, let constraint): .dropConstraint(table: table, name: constraint.name)
        case .dropConstraint(let table, let name):
            before.tables[table]?.constraints.first { $0.name == name }
                .map { .addConstraint(table: table, constraint: $0) }
        case .addIndex(let table, let index): .dropIndex(table: table, name: index.name)
        case .dropIndex(let table, let name):
            before.tables[table]?.indexes.first { $0.name == name }.map { .addIndex(table: table, index: $0) }
        case .run, .sql: nil
        }
    }
}

extension MigrationOperation: CustomStringConvertible {
    /// One line for people.
    public var description: String {
        switch self {
        case .createTable(let name, _): "create table \(name)"
        case .dropTable(let name): "drop table \(name)"
        case .renameTable(let name, let new): "rename table \(name) to \(new)"
        case .setModel(let table, let model): "table \(table) holds \(model)"
        case .addColumn(let table, let column, _): "add column \(table).\(column.name)"
        case .alterColumn(let table, let column, _): "alter column \(table).\(column.name)"
        case .renameColumn(let table, let name, let new): "rename column \(table).\(name) to \(new)"
        case .dropColumn(let table, let name): "drop column \(table).\(name)"
        case .addConstraint(let table, let constraint): "add constraint \(constraint.name) on \(table)"
        case .dropConstraint(let table, let name): "drop constraint \(name) on \(table)"
        case .addIndex(let table, let index): "add index \(index.name) on \(table)"
        case .dropIndex(let table, let name): "drop index \(name) on \(table)"
        case .run(let step): "run \(step)"
        case .sql: "run statements"
        }
    }
}
