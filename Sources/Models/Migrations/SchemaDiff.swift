// SPDX-License-Identifier: Apache-2.0

/// Finds the steps from tables that there are to those that models ask for (Django's autodetector). The same two give
/// the same steps in the same order.
///
/// Nothing is guessed: a table or a column has another name only if its declaration says which one it had
/// (``ModelDeclaration/formerTable``, ``FieldDeclaration/formerColumn``).
struct SchemaDiff {
    private var current: SchemaState
    private let wanted: DeclaredSchema
    private var operations: [MigrationOperation] = []
    /// What stands in the way, a sentence each.
    private var questions: [String] = []

    private init(_ current: SchemaState, _ wanted: DeclaredSchema) {
        self.current = current
        self.wanted = wanted
    }

    /// The steps; throws `ModelError` with the code `.schema`, a line for each question that only people can answer.
    static func operations(
        from current: SchemaState, to wanted: DeclaredSchema, allowsDrops: Bool
    ) throws -> [MigrationOperation] {
        var diff = SchemaDiff(current, wanted)
        try diff.find()
        if !allowsDrops {
            for operation in diff.operations where operation.losesData && !diff.isComputed(operation, current) {
                diff.questions.append("\(operation): rows would be lost; allow it, or say what it was called before")
            }
        }
        guard diff.questions.isEmpty else { throw ModelError(.schema, diff.questions.joined(separator: "\n")) }
        return diff.operations
    }

    /// Whether what is dropped holds only what the database computes again.
    private func isComputed(_ operation: MigrationOperation, _ before: SchemaState) -> Bool {
        guard case .dropColumn(let table, let name) = operation else { return false }
        return before.tables[table]?[column: name]?.generated != nil
    }

    private mutating func add(_ operation: MigrationOperation) throws {
        try current.apply(operation)
        operations.append(operation)
    }

    private var kept: [(name: String, now: TableState, then: TableState)] {
        wanted.state.tables.keys.sorted().compactMap { name in
            guard let now = current.tables[name], let then = wanted.state.tables[name] else { return nil }
            return (name, now, then)
        }
    }

    private mutating func find() throws {
        try renameTables()
        try renameColumns()
        for (name, now, then) in kept {
            if now.model != then.model { try add(.setModel(table: name, model: then.model)) }
            if now.key != then.key
                || Set(now.columns.filter(\.isKey).map(\.name)) != Set(then.columns.filter(\.isKey).map(\.name))
            {
                questions.append("the key of \(name) changes: write the statements for it yourself")
            }
        }
        guard questions.isEmpty else { return }
        try dropRules()
        try dropColumns()
        let gone = Set(current.tables.keys).subtracting(wanted.state.tables.keys)
        for name in current.ordered(gone).reversed() { try add(.dropTable(name: name)) }
        try createTables()
        try changeColumns()
        try addRules()
    }

    private mutating func renameTables() throws {
        for (name, former) in wanted.formerTables.sorted(by: { $0.key < $1.key }) {
            guard current.tables[name] == nil, current.tables[former] != nil, wanted.state.tables[former] == nil else {
                continue
            }
            try add(.renameTable(name: former, to: name))
        }
    }

    private mutating func renameColumns() throws {
        for (name, now, then) in kept {
            for (column, former) in (wanted.formerColumns[name] ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard now[column: column] == nil, now[column: former] != nil, then[column: former] == nil else {
                    continue
                }
                try add(.renameColumn(table: name, name: former, to: column))
            }
        }
    }

    private mutating func dropRules() throws {
        for (name, now, then) in kept {
            for constraint in now.constraints.sorted(by: { $0.name < $1.name })
            where !then.constraints.contains(constraint) {
                try add(.dropConstraint(table: name, name: constraint.name))
            }
            for index in now.indexes.sorted(by: { $0.name < $1.name }) where !then.indexes.contains(index) {
                try add(.dropIndex(table: name, name: index.name))
            }
        }
    }

    private mutating func dropColumns() throws {
        for (name, now, then) in kept {
            for column in now.columns.map(\.name).sorted() {
                let isComputedAnew = now[column: column]?.generated != then[column: column]?.generated
                if then[column: column] == nil || isComputedAnew { try add(.dropColumn(table: name, name: column)) }
            }
        }
    }

    /// Tables behind those that they refer to; where that goes round in a circle, a reference is added afterwards.
    private mutating func createTables() throws {
        let new = Set(wanted.state.tables.keys).subtracting(current.tables.keys)
        var later: [(table: String, column: ColumnState)] = []
        for name in wanted.state.ordered(new) {
            guard var table = wanted.state.tables[name] else { continue }
            for index in table.columns.indices {
                guard let target = table.columns[index].reference?.table, target != name,
                    current.tables[target] == nil
                else { continue }
                later.append((name, table.columns[index]))
                table.columns[index].reference = nil
            }
            try add(.createTable(name: name, table: table))
        }
        for (name, column) in later { try add(.alterColumn(table: name, column: column, fill: nil)) }
    }

    private mutating func changeColumns() throws {
        for (name, now, then) in kept {
            for column in then.columns {
                let fill = wanted.fills[name]?[column.name]
                guard let old = now[column: column.name] else {
                    guard column.isNull || column.defaultValue != nil || column.generated != nil || fill != nil else {
                        questions.append(
                            "column \(name).\(column.name) is new and not NULL: give its field a default for the rows "
                                + "that are there")
                        continue
                    }
                    try add(.addColumn(table: name, column: column, fill: column.isNull ? nil : fill))
                    continue
                }
                if old != column {
                    try add(
                        .alterColumn(table: name, column: column, fill: old.isNull && !column.isNull ? fill : nil))
                }
            }
        }
    }

    private mutating func addRules() throws {
        for (name, now, then) in kept {
            for constraint in then.constraints where !now.constraints.contains(constraint) {
                try add(.addConstraint(table: name, constraint: constraint))
            }
            for index in then.indexes where !now.indexes.contains(index) {
                try add(.addIndex(table: name, index: index))
            }
        }
    }
}
