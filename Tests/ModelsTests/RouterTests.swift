// SPDX-License-Identifier: Apache-2.0

import SluiceModels
import SluiceSQLite
import Synchronization
import Testing

/// Users are on a database of their own; the rest is written to a primary and read from two replicas in turn.
private final class Routes: DatabaseRouter {
    private let turn = Atomic(0)

    private func isUser(_ model: ModelSchema) -> Bool { model.declaration.app == "accounts" }

    func databaseForRead(_ model: ModelSchema) -> String? {
        guard !isUser(model) else { return "users" }
        return turn.add(1, ordering: .relaxed).newValue % 2 == 0 ? "replica1" : "replica2"
    }

    func databaseForWrite(_ model: ModelSchema) -> String? { isUser(model) ? "users" : "default" }

    func allowsRelation(_ first: ModelSchema, _ second: ModelSchema) -> Bool? { true }

    func allowsMigration(_ model: ModelSchema, on database: String) -> Bool? {
        (database == "users") == isUser(model)
    }
}

@Suite("Databases of accounts, a primary and two replicas, by a router")
struct RouterTests {
    private static let models = [
        ModelDeclaration("accounts", "User", [FieldDeclaration("name", .char(20), unique: true)]),
        ModelDeclaration(
            "shop", "Order",
            [
                FieldDeclaration("number", .integer, unique: true),
                .reference("user", to: "accounts.User", onDelete: .cascade, relatedName: "orders", constraint: false),
            ]),
        ModelDeclaration("shop", "Line", [.reference("order", to: "Order", onDelete: .cascade, relatedName: "lines")]),
    ]

    private func withDatabases(_ body: (Databases) async throws -> Void) async throws {
        let schema = try Schema(Self.models)
        let all = ["default", "users", "replica1", "replica2"].map {
            Database(name: $0, schema: schema, driver: SQLiteDriver(path: ":memory:"))
        }
        let databases = Databases(all[0], Array(all.dropFirst()), routers: [Routes()])
        var history = try MigrationHistory()
        try history.append(try #require(try history.next(schema)))
        let migrator = try Migrator(databases, history)
        for database in databases.all { try await migrator.migrate(database) }
        try await body(databases)
        await databases.close()
    }

    /// What a replica has: the primary's rows, as far as it has heard of them.
    private func copy(_ databases: Databases) async throws {
        for (table, columns) in [("shop_order", ["id", "number", "user_id"]), ("shop_line", ["id", "order_id"])] {
            let list = columns.joined(separator: ", ")
            let rows = try await databases.main.run(Statement(sql: "SELECT \(list) FROM \(table)"), writing: true) {
                reader in
                var rows: [[Int64]] = []
                while try reader.next() { rows.append(columns.indices.map { reader.int($0) }) }
                return rows
            }
            for name in ["replica1", "replica2"] {
                let replica = try databases.named(name)
                try await replica.execute(Statement(sql: "DELETE FROM \(table)"))
                for row in rows {
                    try await replica.execute(
                        Statement(
                            sql:
                                "INSERT INTO \(table) (\(list)) VALUES (\(columns.map { _ in "?" }.joined(separator: ",")))",
                            binds: row.map { .int($0) }))
                }
            }
        }
    }

    private func make(_ label: String, _ values: [String: Value], in store: RecordStore) async throws -> Record {
        var record = Record(try store.schema.required(label))
        for (name, value) in values { record[name] = value }
        try await store.save(&record)
        return record
    }

    @Test("Tables are where the router wants them")
    func tables() async throws {
        try await withDatabases { databases in
            for database in databases.all {
                let names = try await database.run(
                    Statement(
                        sql: "SELECT name FROM sqlite_schema WHERE name LIKE '%\\_%' ESCAPE '\\' AND type = 'table' "
                            + "AND name NOT LIKE 'sqlite%' ORDER BY 1"),
                    writing: true
                ) { reader in
                    var names: [String] = []
                    while try reader.next() { names.append(reader.text(0)) }
                    return names
                }
                let own = database.name == "users" ? ["accounts_user"] : ["shop_line", "shop_order"]
                #expect(names == own + ["sluice_migrations"])
            }
        }
    }

    @Test("Writes go to the primary, reads to both replicas, users to their own")
    func routed() async throws {
        try await withDatabases { databases in
            let store = RecordStore(databases)
            let (_, log) = try await QueryLog.record {
                let user = try await make("accounts.User", ["name": "Ada"], in: store)
                let order = try await make("shop.Order", ["number": 1, "user_id": user.key], in: store)
                _ = try await make("shop.Line", ["order_id": order.key], in: store)
                try await copy(databases)
            }
            let writes = log.entries.filter { $0.sql.hasPrefix("INSERT") && !$0.database.hasPrefix("replica") }
            #expect(writes.map(\.database) == ["users", "default", "default"])
            let (counts, reads) = try await QueryLog.record {
                var counts: [Int] = []
                for _ in 0..<4 { counts.append(try await store.count(QueryTree("shop.Order"))) }
                counts.append(try await store.count(QueryTree("accounts.User")))
                return counts
            }
            #expect(counts == [1, 1, 1, 1, 1])
            #expect(Set(reads.entries.map(\.database)) == ["replica1", "replica2", "users"])
        }
    }

    @Test("What was read from a replica is changed and deleted on the primary; relations lead across")
    func acrossDatabases() async throws {
        try await withDatabases { databases in
            let store = RecordStore(databases)
            let user = try await make("accounts.User", ["name": "Ada"], in: store)
            let order = try await make("shop.Order", ["number": 1, "user_id": user.key], in: store)
            _ = try await make("shop.Line", ["order_id": order.key], in: store)
            try await copy(databases)
            var read = try await store.get(
                QueryTree("shop.Order").adding(
                    .prefetch([Prefetch(LookupPath(["user"])), Prefetch(LookupPath(["lines"]))])))
            #expect(read.database?.hasPrefix("replica") == true)
            #expect(read.prefetched["lines"]?.count == 1)
            #expect(read.related["user"]??["name"] == "Ada")
            read["number"] = .int(2)
            let (_, log) = try await QueryLog.record {
                try await store.save(&read)
                try await store.validate(read)
            }
            #expect(
                Set(log.entries.map(\.database)) == ["default"], "\(log.entries.map { ($0.database, $0.sql) })"
            )
            let (report, deleted) = try await QueryLog.record { try await store.delete(read) }
            #expect(report.total == 2)
            #expect(Set(deleted.entries.filter { $0.sql.hasPrefix("DELETE") }.map(\.database)) == ["default"])
            // Orders are not in the users' database, so they do not keep a user there.
            #expect(try await store.delete(user).total == 1)
        }
    }

    @Test("A database that was named stands over the router")
    func named() async throws {
        try await withDatabases { databases in
            let store = RecordStore(databases)
            var tree = QueryTree("shop.Order")
            tree.database = "default"
            _ = try await make("shop.Order", ["number": 1, "user_id": 1], in: store)
            #expect(try await store.count(tree) == 1)
            #expect(try await store.count(QueryTree("shop.Order")) == 0)
            tree.database = "nowhere"
            await #expect(throws: ModelError.self) { try await store.count(tree) }
        }
    }
}
