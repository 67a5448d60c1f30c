// SPDX-License-Identifier: Apache-2.0

/// A step of an application's own in a migration: `{"run": {"step": "NAME"}}`.
///
/// It sees the tables as they are at its place, so it asks by raw statements or look-ups of columns that are there then.
public struct DataStep: Sendable {
    /// The name that migrations call it by.
    public let name: String
    /// The work, in the migration's transaction on that database.
    public let body: @Sendable (Database) async throws -> Void

    /// A step.
    public init(_ name: String, body: @escaping @Sendable (Database) async throws -> Void) {
        self.name = name
        self.body = body
    }
}

/// Brings databases to a migration. Each migration is one transaction, history included: a process that dies leaves the
/// database before it or behind it. Of two who migrate at once, one waits, and then finds it done.
public struct Migrator: Sendable {
    private let databases: Databases
    private let history: MigrationHistory
    private let steps: [String: DataStep]
    /// The models of all tables that there ever were, under each of their names.
    private let labels: [String: String]

    /// One migration as it will be done.
    public struct Planned: Sendable {
        /// The migration's name.
        public let name: String
        /// Whether it is taken back.
        public let isReverse: Bool
        /// What will be done, in words.
        public let steps: [String]
        /// The statements; those of the application's own steps are not known before.
        public let statements: [String]
        let operations: [MigrationOperation]
        let before: SchemaState
    }

    /// A migrator; throws `ModelError` with the code `.schema` where migrations name steps that are not there.
    public init(_ databases: Databases, _ history: MigrationHistory, steps: [DataStep] = []) throws {
        self.databases = databases
        self.history = history
        self.steps = Dictionary(steps.map { ($0.name, $0) }) { first, _ in first }
        labels = Self.labels(of: history)
        for migration in history.migrations {
            for case .run(let step) in migration.operations where self.steps[step] == nil {
                throw ModelError(.schema, "migration \(migration.name): there is no step '\(step)'")
            }
        }
    }

    private static let table = "sluice_migrations"

    /// The names of the migrations that a database has had.
    ///
    /// Throws `ModelError` with the code `.schema` if one of them was changed since, or is not among the migrations.
    public func applied(on database: Database) async throws -> [String] {
        guard try await database.tableNames().contains(Self.table) else { return [] }
        let rows = try await database.run(
            Statement(sql: "SELECT name, fingerprint FROM \(Self.table) ORDER BY name"), writing: true
        ) { reader in
            var rows: [(name: String, fingerprint: String)] = []
            while try reader.next() { rows.append((reader.text(0), reader.text(1))) }
            return rows
        }
        for (index, row) in rows.enumerated() {
            guard index < history.migrations.count, history.migrations[index].name == row.name else {
                throw ModelError(
                    .schema, "database '\(database.name)' has had the migration \(row.name), which is not there")
            }
            guard try history.migrations[index].fingerprint == row.fingerprint else {
                throw ModelError(
                    .schema, "migration \(row.name) was changed after database '\(database.name)' has had it")
            }
        }
        return rows.map(\.name)
    }

    /// What is to be done to come to a migration.
    ///
    /// - Parameter target: its name, or the number at its begin; `zero` for none at all; nil for the last one.
    /// Throws `ModelError` with the code `.schema` for an unknown one, and where there is no way back.
    public func plan(on database: Database, to target: String? = nil) async throws -> [Planned] {
        let done = try await applied(on: database).count
        let goal = try position(of: target)
        var planned: [Planned] = []
        if goal >= done {
            for index in done..<goal { planned.append(try self.planned(index, isReverse: false, on: database)) }
        } else {
            for index in (goal..<done).reversed() {
                planned.append(try self.planned(index, isReverse: true, on: database))
            }
        }
        return planned
    }

    private func position(of target: String?) throws -> Int {
        guard let target else { return history.migrations.count }
        if target == "zero" { return 0 }
        let found = history.migrations.indices.filter {
            history.migrations[$0].name == target || history.migrations[$0].name.hasPrefix(target + "_")
        }
        guard found.count == 1 else { throw ModelError(.schema, "there is no migration '\(target)'") }
        return found[0] + 1
    }

    private func planned(_ index: Int, isReverse: Bool, on database: Database) throws -> Planned {
        var state = SchemaState()
        for earlier in history.migrations[..<index] {
            for operation in earlier.operations.compactMap({ local($0, on: database) }) { try state.apply(operation) }
        }
        let migration = history.migrations[index]
        var operations = migration.operations.compactMap { local($0, on: database) }
        if isReverse {
            var back: [MigrationOperation] = []
            for operation in operations {
                guard let inverse = operation.inverse(in: state) else {
                    throw ModelError(.schema, "migration \(migration.name): there is no way back from: \(operation)")
                }
                back.insert(inverse, at: 0)
                try state.apply(operation)
            }
            operations = back
        }
        return Planned(
            name: migration.name, isReverse: isReverse, steps: operations.map(\.description),
            statements: try MigrationHistory.statements(operations, from: state, on: database.driver.dialect),
            operations: operations, before: state)
    }

    /// A step as far as it is this database's: tables of other databases are neither made nor referred to.
    private func local(_ operation: MigrationOperation, on database: Database) -> MigrationOperation? {
        func isHere(_ table: String) -> Bool {
            guard let label = labels[table], let model = databases.main.schema.model(label) else { return true }
            return databases.allowsMigration(model, on: database.name)
        }
        func cut(_ column: ColumnState) -> ColumnState {
            var column = column
            if let reference = column.reference, !isHere(reference.table) { column.reference = nil }
            return column
        }
        if let table = operation.table, !isHere(table) { return nil }
        switch operation {
        case .createTable(let name, var table):
            table.columns = table.columns.map(cut)
            return .createTable(name: name, table: table)
        case .addColumn(let table, let column, let fill):
            return .addColumn(table: table, column: cut(column), fill: fill)
        case .alterColumn(let table, let column, let fill):
            return .alterColumn(table: table, column: cut(column), fill: fill)
        default: return operation
        }
    }

    private static func labels(of history: MigrationHistory) -> [String: String] {
        var labels: [String: String] = [:]
        for operation in history.migrations.flatMap(\.operations) {
            switch operation {
            case .createTable(let name, let table): labels[name] = table.model
            case .renameTable(let name, let new): labels[new] = labels[name]
            case .setModel(let table, let model): labels[table] = model
            default: break
            }
        }
        return labels
    }

    // MARK: Doing it

    /// Brings a database to a migration; gives the names of those that were done.
    ///
    /// - Parameters:
    ///   - target: as for ``plan(on:to:)``.
    ///   - isFake: whether they are only noted, because the tables are there already.
    ///   - progress: called after each of them.
    /// Throws `ModelError`; then the database is as the last migration left it that was done.
    @discardableResult
    public func migrate(
        _ database: Database, to target: String? = nil, isFake: Bool = false,
        progress: (Planned) -> Void = { _ in }
    ) async throws -> [String] {
        var names: [String] = []
        while true {
            // Asked anew each time, in the lock: somebody else may have done it meanwhile.
            let done = try await database.exclusively { () -> Planned? in
                try await database.execute(
                    Statement(
                        sql: """
                            CREATE TABLE IF NOT EXISTS \(Self.table) (
                                name varchar(200) NOT NULL PRIMARY KEY, fingerprint varchar(32) NOT NULL,
                                applied varchar(32) NOT NULL
                            )
                            """))
                guard let next = try await plan(on: database, to: target).first else { return nil }
                if !isFake { try await run(next, on: database) }
                try await note(next, on: database)
                return next
            }
            guard let done else { return names }
            names.append(done.name)
            progress(done)
        }
    }

    private func run(_ planned: Planned, on database: Database) async throws {
        var state = planned.before
        for operation in planned.operations {
            let before = state
            try state.apply(operation)
            let alteration = TableAlteration(database.driver.dialect)
            do {
                for sql in alteration.statements(operation, from: before, to: state) {
                    try await database.execute(Statement(sql: sql))
                }
                if case .run(let name) = operation { try await databases.run { try await steps[name]?.body(database) } }
            } catch let error as ModelError {
                throw ModelError(error.code, "migration \(planned.name): \(operation): \(error.message)")
            }
        }
    }

    private func note(_ planned: Planned, on database: Database) async throws {
        let mark = database.driver.dialect.placeholders == .question ? ["?", "?", "?"] : ["$1", "$2", "$3"]
        guard !planned.isReverse else {
            try await database.execute(
                Statement(sql: "DELETE FROM \(Self.table) WHERE name = \(mark[0])", binds: [.text(planned.name)]))
            return
        }
        let fingerprint = try history.migrations.first { $0.name == planned.name }?.fingerprint ?? ""
        try await database.execute(
            Statement(
                sql: "INSERT INTO \(Self.table) (name, fingerprint, applied) VALUES (\(mark.joined(separator: ", ")))",
                binds: [.text(planned.name), .text(fingerprint), .text("\(database.now)")]))
    }
}
