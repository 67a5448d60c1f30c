// SPDX-License-Identifier: Apache-2.0

/// Writes the statements of a migration's steps for one dialect.
struct TableAlteration {
    private let writer: TableWriter
    private var dialect: any Dialect { writer.dialect }

    init(_ dialect: any Dialect) { writer = TableWriter(dialect) }

    /// The statements of a step between two states; none for a step of the application's own.
    func statements(_ operation: MigrationOperation, from before: SchemaState, to after: SchemaState) -> [String] {
        switch operation {
        case .createTable(let name, let table): return writer.create(name, table)
        case .dropTable(let name):
            return ["DROP TABLE \(quoted(name))\(dialect.features.altersTables ? " CASCADE" : "")"]
        case .renameTable(let name, let new): return ["ALTER TABLE \(quoted(name)) RENAME TO \(quoted(new))"]
        case .renameColumn(let table, let name, let new):
            return ["ALTER TABLE \(quoted(table)) RENAME COLUMN \(quoted(name)) TO \(quoted(new))"]
        case .addIndex(let table, let index): return [writer.index(index, on: table)]
        case .dropIndex(_, let name): return ["DROP INDEX \(quoted(name))"]
        case .addConstraint(let table, let constraint) where constraint.isIndex:
            return [writer.index(constraint, on: table)]
        case .dropConstraint(let table, let name)
        where before.tables[table]?.constraints.first(where: { $0.name == name })?.isIndex == true:
            return ["DROP INDEX \(quoted(name))"]
        case .setModel, .run: return []
        case .sql(let statements): return statements[dialect.name] ?? []
        case .addColumn, .alterColumn, .dropColumn, .addConstraint, .dropConstraint:
            guard let name = operation.table, let old = before.tables[name], let new = after.tables[name] else {
                return []
            }
            return dialect.features.altersTables ? alter(operation, name, old) : rebuild(operation, name, old, new)
        }
    }

    private func quoted(_ name: String) -> String { writer.quoted(name) }

    // MARK: A table made anew

    /// SQLite's twelve steps (https://www.sqlite.org/lang_altertable.html#otheralter), without those of the transaction.
    private func rebuild(
        _ operation: MigrationOperation, _ name: String, _ old: TableState, _ new: TableState
    ) -> [String] {
        let temporary = "sluice_new_\(name)"
        var columns: [String] = []
        var sources: [String] = []
        for column in new.columns where column.generated == nil {
            switch operation {
            case .addColumn(_, let added, let fill) where added.name == column.name:
                guard let fill else { continue }
                sources.append(writer.spelled(fill))
            case .alterColumn(_, let altered, let fill?) where altered.name == column.name:
                sources.append("COALESCE(\(quoted(column.name)), \(writer.spelled(fill)))")
            default:
                guard old[column: column.name] != nil else { continue }
                sources.append(quoted(column.name))
            }
            columns.append(column.name)
        }
        var statements = [
            "CREATE TABLE \(quoted(temporary)) (\n\(writer.body(new))\n)",
            "INSERT INTO \(quoted(temporary)) (\(writer.list(columns))) "
                + "SELECT \(sources.joined(separator: ", ")) FROM \(quoted(name))",
        ]
        let isCounted = { (table: TableState) in table.columns.contains { $0.isKey && $0.kind.isCounted } }
        if isCounted(old), isCounted(new) {
            // Keys that were given out once are not given out again.
            let (from, to) = (literal(name), literal(temporary))
            statements += [
                "DELETE FROM sqlite_sequence WHERE name = \(to)",
                "INSERT INTO sqlite_sequence (name, seq) SELECT \(to), seq FROM sqlite_sequence WHERE name = \(from)",
            ]
        }
        statements += [
            "DROP TABLE \(quoted(name))", "ALTER TABLE \(quoted(temporary)) RENAME TO \(quoted(name))",
        ]
        return statements + writer.indexes(name, new)
    }

    private func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    // MARK: A table that is changed

    private func alter(_ operation: MigrationOperation, _ name: String, _ old: TableState) -> [String] {
        let table = "ALTER TABLE \(quoted(name))"
        // Checks that wait for the end of the transaction keep a table from being changed.
        var statements = ["SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"]
        switch operation {
        case .addColumn(_, let column, let fill):
            var made = column
            if column.defaultValue == nil { made.defaultValue = fill }
            statements.append("\(table) ADD COLUMN \(writer.column(made))")
            if column.defaultValue == nil, fill != nil {
                statements.append("\(table) ALTER COLUMN \(quoted(column.name)) DROP DEFAULT")
            }
        case .dropColumn(_, let column): statements.append("\(table) DROP COLUMN \(quoted(column)) CASCADE")
        case .addConstraint(_, let constraint): statements.append("\(table) ADD \(writer.definition(constraint))")
        case .dropConstraint(_, let constraint):
            // With a column that it was about it has gone already.
            statements.append("\(table) DROP CONSTRAINT IF EXISTS \(quoted(constraint))")
        case .alterColumn(_, let column, let fill):
            guard let before = old[column: column.name] else { return [] }
            statements += alter(before, column, of: name, fill)
        default: return []
        }
        return statements
    }

    private func alter(_ old: ColumnState, _ new: ColumnState, of name: String, _ fill: Spelling?) -> [String] {
        let table = "ALTER TABLE \(quoted(name))"
        let column = "\(table) ALTER COLUMN \(quoted(new.name))"
        let (oldType, newType) = (type(old), type(new))
        var statements: [String] = []
        if old.reference != nil, old.reference != new.reference || oldType.name != newType.name {
            statements.append(dropping("f", of: new.name, in: name))
        }
        if old.isUnique, !new.isUnique { statements.append(dropping("u", of: new.name, in: name)) }
        if oldType.isCounted, !newType.isCounted { statements.append("\(column) DROP IDENTITY") }
        if oldType.name != newType.name {
            if old.defaultValue != nil { statements.append("\(column) DROP DEFAULT") }
            statements.append("\(column) TYPE \(newType.name) USING \(quoted(new.name))::\(newType.name)")
            if let value = new.defaultValue { statements.append("\(column) SET DEFAULT \(writer.spelled(value))") }
        } else if old.defaultValue != new.defaultValue {
            statements.append(
                new.defaultValue.map { "\(column) SET DEFAULT \(writer.spelled($0))" } ?? "\(column) DROP DEFAULT")
        }
        if old.isNull, !new.isNull {
            if let fill {
                statements += [
                    "UPDATE \(quoted(name)) SET \(quoted(new.name)) = \(writer.spelled(fill)) "
                        + "WHERE \(quoted(new.name)) IS NULL",
                    "SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED",
                ]
            }
            statements.append("\(column) SET NOT NULL")
        } else if !old.isNull, new.isNull {
            statements.append("\(column) DROP NOT NULL")
        }
        if newType.isCounted, !oldType.isCounted {
            let rows = "SELECT COALESCE(MAX(\(quoted(new.name))), 0) + 1 FROM \(quoted(name))"
            statements += [
                "\(column) ADD GENERATED BY DEFAULT AS IDENTITY",
                "SELECT setval(pg_get_serial_sequence(\(literal(quoted(name))), \(literal(new.name))), (\(rows)), false)",
            ]
        }
        if new.isUnique, !old.isUnique { statements.append("\(table) ADD UNIQUE (\(quoted(new.name)))") }
        if let reference = new.reference, old.reference != reference || oldType.name != newType.name {
            statements.append("\(table) ADD FOREIGN KEY (\(quoted(new.name))) \(writer.references(reference))")
        }
        return statements
    }

    /// A column's type without what makes it counted.
    private func type(_ column: ColumnState) -> (name: String, isCounted: Bool) {
        let type = dialect.type(of: column.kind)
        guard let end = type.firstRange(of: " GENERATED") else { return (type, false) }
        return (String(type[..<end.lowerBound]), true)
    }

    /// Drops the constraints of a kind on a column, whatever their names: PostgreSQL gave them, and a column that was
    /// renamed has kept them.
    private func dropping(_ kind: String, of column: String, in name: String) -> String {
        """
        DO $sluice$ DECLARE found name; BEGIN
        FOR found IN SELECT c.conname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid
            AND c.conkey = ARRAY[a.attnum] WHERE c.conrelid = \(literal(quoted(name)))::regclass
            AND c.contype = '\(kind)' AND a.attname = \(literal(column))
        LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', \(literal(quoted(name))), found); END LOOP; END $sluice$
        """
    }
}
