// SPDX-License-Identifier: Apache-2.0

/// Tables as a value: what the models ask for, or what a list of migrations has made. Two of them can be compared, and
/// it has a stable form in JSON.
public struct SchemaState: Codable, Hashable, Sendable {
    /// The tables by their names.
    public var tables: [String: TableState] = [:]

    /// No tables.
    public init() {}
}

/// SQL of a definition by the dialect that it is for.
public typealias Spelling = [String: String]

/// One table.
public struct TableState: Codable, Hashable, Sendable {
    /// The model whose rows it holds, `app.Name`: what routers are asked about.
    public var model: String
    /// The columns, in the order in which they came.
    public var columns: [ColumnState]
    /// The columns of a key that has several; empty otherwise.
    public var key: [String] = []
    /// Rules of several columns, and those with a condition.
    public var constraints: [ConstraintState] = []
    /// Indexes.
    public var indexes: [IndexState] = []

    subscript(column name: String) -> ColumnState? { columns.first { $0.name == name } }
}

/// One column.
public struct ColumnState: Codable, Hashable, Sendable {
    /// Its name.
    public var name: String
    /// What it holds, such as `char(40)`.
    public var kind: FieldKind
    /// Whether it may be NULL.
    public var isNull = false
    /// Whether it alone is the key.
    public var isKey = false
    /// Whether no two rows may have the same value.
    public var isUnique = false
    /// What the database fills in.
    public var defaultValue: Spelling?
    /// What the database computes.
    public var generated: Spelling?
    /// What it refers to.
    public var reference: ReferenceState?
}

/// What a column refers to.
public struct ReferenceState: Codable, Hashable, Sendable {
    /// The table.
    public var table: String
    /// Its column.
    public var column: String
}

/// A rule of a table: no two rows with the same values, or a condition that is true for each row.
public struct ConstraintState: Codable, Hashable, Sendable {
    /// The name in the database.
    public var name: String
    /// The columns without equal rows; nil for a check.
    public var columns: [String]?
    /// The check, or which rows are compared.
    public var condition: Spelling?

    /// Whether databases have it as an index: a constraint cannot be about some of the rows.
    var isIndex: Bool { columns != nil && condition != nil }
}

/// An index.
public struct IndexState: Codable, Hashable, Sendable {
    /// The name in the database.
    public var name: String
    /// The columns, `-` in front of one for descending.
    public var columns: [String]
}

extension SchemaState {
    /// Takes a step; throws `ModelError` with the code `.schema` for one that does not fit.
    mutating func apply(_ operation: MigrationOperation) throws {
        switch operation {
        case .createTable(let name, let table):
            guard tables.updateValue(table, forKey: name) == nil else {
                throw Self.misfit("the table \(name) is there")
            }
        case .dropTable(let name):
            guard tables.removeValue(forKey: name) != nil else { throw Self.misfit("there is no table \(name)") }
        case .renameTable(let name, let new):
            guard let table = tables.removeValue(forKey: name), tables[new] == nil else {
                throw Self.misfit("\(name) cannot become \(new)")
            }
            tables[new] = table
            updateReferences { $0.table == name ? ReferenceState(table: new, column: $0.column) : $0 }
        case .setModel(let name, let model): try change(name) { $0.model = model }
        case .renameColumn(let name, let column, let new):
            try change(name) { table in
                guard table[column: column] != nil, table[column: new] == nil else {
                    throw Self.misfit("\(name).\(column) cannot become \(new)")
                }
                table.rename(column, to: new)
            }
            updateReferences { reference in
                reference.table == name && reference.column == column
                    ? ReferenceState(table: name, column: new) : reference
            }
        case .addColumn(let name, let column, _):
            try change(name) { table in
                guard table[column: column.name] == nil else { throw Self.misfit("\(name).\(column.name) is there") }
                table.columns.append(column)
            }
        case .alterColumn(let name, let column, _):
            try change(name) { table in
                guard let index = table.columns.firstIndex(where: { $0.name == column.name }) else {
                    throw Self.misfit("there is no column \(name).\(column.name)")
                }
                table.columns[index] = column
            }
        case .dropColumn(let name, let column):
            try change(name) { table in
                guard table[column: column] != nil else { throw Self.misfit("there is no column \(name).\(column)") }
                table.columns.removeAll { $0.name == column }
            }
        case .addConstraint(let name, let constraint): try change(name) { $0.constraints.append(constraint) }
        case .dropConstraint(let name, let constraint):
            try change(name) { $0.constraints.removeAll { $0.name == constraint } }
        case .addIndex(let name, let index): try change(name) { $0.indexes.append(index) }
        case .dropIndex(let name, let index): try change(name) { $0.indexes.removeAll { $0.name == index } }
        case .run, .sql: break
        }
    }

    private static func misfit(_ text: String) -> ModelError { ModelError(.schema, text) }

    private mutating func change(_ name: String, _ body: (inout TableState) throws -> Void) throws {
        guard var table = tables[name] else { throw Self.misfit("there is no table \(name)") }
        try body(&table)
        tables[name] = table
    }

    private mutating func updateReferences(_ update: (ReferenceState) -> ReferenceState) {
        for name in tables.keys {
            guard var table = tables[name] else { continue }
            for index in table.columns.indices {
                table.columns[index].reference = table.columns[index].reference.map(update)
            }
            tables[name] = table
        }
    }

    /// The tables in an order in which each stands behind those that it refers to, as far as there is one.
    func ordered(_ names: some Sequence<String>) -> [String] {
        var done: Set<String> = []
        var order: [String] = []
        func visit(_ name: String, _ path: Set<String>) {
            guard let table = tables[name], !done.contains(name), !path.contains(name) else { return }
            for column in table.columns {
                if let target = column.reference?.table { visit(target, path.union([name])) }
            }
            if done.insert(name).inserted { order.append(name) }
        }
        for name in names.sorted() { visit(name, []) }
        let wanted = Set(names)
        return order.filter(wanted.contains)
    }
}

extension TableState {
    fileprivate mutating func rename(_ column: String, to new: String) {
        for index in columns.indices where columns[index].name == column { columns[index].name = new }
        key = key.map { $0 == column ? new : $0 }
        for index in constraints.indices {
            constraints[index].columns = constraints[index].columns?.map { $0 == column ? new : $0 }
        }
        for index in indexes.indices {
            indexes[index].columns = indexes[index].columns.map {
                $0 == column ? new : $0 == "-\(column)" ? "-\(new)" : $0
            }
        }
    }

    /// The same table for comparison: order does not matter.
    var unordered: TableState {
        var table = self
        table.columns.sort { $0.name < $1.name }
        table.constraints.sort { $0.name < $1.name }
        table.indexes.sort { $0.name < $1.name }
        return table
    }
}
