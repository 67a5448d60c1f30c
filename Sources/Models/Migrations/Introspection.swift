// SPDX-License-Identifier: Apache-2.0

/// Statements that ask a database about its own tables; each gives texts.
public struct InspectionStatements: Sendable {
    /// Table, column, type as the database writes it, `1` if not NULL, position in the key from 1 (0 outside), `1` if
    /// counted; in the order of the columns.
    public var columns: String
    /// Table and column of each column that alone is unique.
    public var uniques: String
    /// Table and column, and what they refer to.
    public var references: String

    /// Three statements.
    public init(columns: String, uniques: String, references: String) {
        self.columns = columns
        self.uniques = uniques
        self.references = references
    }
}

extension Database {
    /// The tables that are there, as far as models can say what they are (Django's `inspectdb`): columns, keys, unique
    /// columns and references. A type that no field has becomes a text.
    ///
    /// - Parameter app: the application that the models are put into.
    public func inspect(app: String) async throws -> SchemaState {
        let statements = driver.dialect.inspection
        var state = SchemaState()
        for row in try await texts(statements.columns) where row.count == 6 && row[0] != "sluice_migrations" {
            let isKey = row[4] == "1"
            var column = ColumnState(name: row[1], kind: FieldKind(column: row[2]), isNull: row[3] != "1" && !isKey)
            column.isKey = isKey
            if isKey, row[5] == "1" {
                column.kind = column.kind == .bigInteger ? .bigAuto : .auto
            }
            state.tables[row[0], default: TableState(model: "\(app).\(Self.typeName(row[0], app))", columns: [])]
                .columns.append(column)
            if row[4] != "0" { state.tables[row[0]]?.key.append(row[1]) }
        }
        for name in state.tables.keys {
            guard var table = state.tables[name] else { continue }
            if table.key.count < 2 {
                table.key = []
            } else {
                for index in table.columns.indices { table.columns[index].isKey = false }
            }
            state.tables[name] = table
        }
        for row in try await texts(statements.uniques) where row.count == 2 {
            state.change(row[0], row[1]) { $0.isUnique = !$0.isKey }
        }
        for row in try await texts(statements.references) where row.count == 4 {
            state.change(row[0], row[1]) { $0.reference = ReferenceState(table: row[2], column: row[3]) }
        }
        return state
    }

    private func texts(_ sql: String) async throws -> [[String]] {
        try await run(Statement(sql: sql), writing: true) { reader in
            var rows: [[String]] = []
            while try reader.next() { rows.append((0..<reader.count).map { reader.text($0) }) }
            return rows
        }
    }

    /// `shop_order_line` as `OrderLine`.
    private static func typeName(_ table: String, _ app: String) -> String {
        let plain = table.hasPrefix(app + "_") ? table.dropFirst(app.count + 1) : table[...]
        let words = plain.split { !($0.isLetter || $0.isNumber) }
        let name = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        return name.first?.isLetter == true ? name : "Table" + name
    }
}

extension SchemaState {
    fileprivate mutating func change(_ table: String, _ column: String, _ body: (inout ColumnState) -> Void) {
        guard let index = tables[table]?.columns.firstIndex(where: { $0.name == column }) else { return }
        if var changed = tables[table]?.columns[index] {
            body(&changed)
            tables[table]?.columns[index] = changed
        }
    }
}

extension FieldKind {
    /// What holds what a column of a type holds.
    init(column type: String) {
        let type = type.lowercased()
        let base = type.prefix { $0 != "(" }
        let numbers = type.split { !$0.isNumber }.compactMap { Int($0) }
        switch base {
        case "smallint": self = .smallInteger
        case "integer", "int", "int4": self = .integer
        case "bigint", "int8": self = .bigInteger
        case "smallint unsigned": self = .positiveSmallInteger
        case "integer unsigned": self = .positiveInteger
        case "bigint unsigned": self = .positiveBigInteger
        case "real", "double precision", "float": self = .float
        case "bool", "boolean": self = .boolean
        case "varchar", "character varying": self = numbers.first.map { .char($0) } ?? .text
        case "char", "character", "bpchar":
            self = type == "char(32)" ? .uuid : type == "char(39)" ? .ipAddress : .char(numbers.first ?? 1)
        case "numeric" where numbers.count == 2, "decimal" where numbers.count == 2:
            self = .decimal(digits: numbers[0], places: numbers[1])
        case "numeric", "decimal": self = .decimal(digits: 38, places: 10)
        case "date": self = .date
        case "datetime", "timestamp", "timestamp with time zone", "timestamp without time zone": self = .dateTime
        case "time", "time without time zone": self = .time
        case "interval": self = .duration
        case "uuid": self = .uuid
        case "blob", "bytea": self = .binary
        case "json", "jsonb": self = .json
        case "inet": self = .ipAddress
        default: self = .text
        }
    }
}
