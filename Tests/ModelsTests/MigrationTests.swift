// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceModels
import Testing

@Suite("Migrations", .timeLimit(.minutes(3)))
struct MigrationTests {
    /// Migrations from nothing over each of the schemas.
    private func history(_ schemas: [[ModelDeclaration]]) throws -> MigrationHistory {
        var history = try MigrationHistory()
        for models in schemas {
            if let next = try history.next(Schema(models), allowsDrops: true) {
                // As it comes back from its file.
                try history.append(JSONDecoder().decode(Migration.self, from: next.json))
            }
        }
        return history
    }

    private func facts(_ kind: String, created models: [ModelDeclaration]) async throws -> Set<String> {
        let schema = try Schema(models)
        return try await EmptyDatabase.with(kind, schema) { database in
            try await Databases(database).createTables()
            return try await SchemaFacts.read(database)
        }
    }

    private func facts(_ kind: String, over schemas: [[ModelDeclaration]]) async throws -> Set<String> {
        let history = try history(schemas)
        let schema = try Schema(schemas.last ?? [])
        return try await EmptyDatabase.with(kind, schema) { database in
            try await Migrator(Databases(database), history).migrate(database)
            return try await SchemaFacts.read(database)
        }
    }

    private func compare(_ migrated: Set<String>, _ created: Set<String>, _ what: String) {
        let more = migrated.subtracting(created).sorted().joined(separator: "\n  ")
        let less = created.subtracting(migrated).sorted().joined(separator: "\n  ")
        #expect(migrated == created, "\(what)\nonly migrated:\n  \(more)\nonly created:\n  \(less)")
    }

    @Test("From each golden schema to each other one: the same tables as made at once", arguments: EmptyDatabase.kinds)
    func pairs(_ kind: String) async throws {
        let schemas = try Schemas.all()
        for (name, models) in schemas {
            let created = try await facts(kind, created: models)
            for (before, old) in schemas where before != name {
                compare(try await facts(kind, over: [old, models]), created, "\(before) to \(name) on \(kind)")
            }
        }
    }

    @Test("Each kind of change, there and back by another migration", arguments: EmptyDatabase.kinds)
    func changes(_ kind: String) async throws {
        let before = try await facts(kind, created: Schemas.shop)
        for (name, change) in Schemas.changes {
            var changed = Schemas.shop
            change(&changed)
            var back = Schemas.shop
            if changed[0].formerTable != nil { back[0].formerTable = "shop_client" }
            if changed[1].fields[0].formerColumn != nil { back[1].fields[0].formerColumn = "no" }
            // Where NULL was let in, a default is needed for the way back.
            if changed[1].fields[3].isNull { back[1].fields[3].defaultValue = .value(1) }
            let created = try await facts(kind, created: changed)
            #expect(created != before, "\(name) changes nothing")
            compare(try await facts(kind, over: [Schemas.shop, changed]), created, "\(name) on \(kind)")
            compare(try await facts(kind, over: [Schemas.shop, changed, back]), before, "back from \(name) on \(kind)")
        }
    }

    private static let names = QueryTree("shop.Customer").adding(.order([Ordering(name: "name")]))
        .adding(.values([.path(LookupPath("name"))]))

    @Test("Rows stay, and keys that were given out are not given out again", arguments: EmptyDatabase.kinds)
    func rows(_ kind: String) async throws {
        for (name, change) in Schemas.changes where name != "another name of a table" {
            var changed = Schemas.shop
            change(&changed)
            let history = try history([Schemas.shop, changed])
            try await EmptyDatabase.with(kind, Schema(Schemas.shop)) { database in
                let databases = Databases(database)
                let migrator = try Migrator(databases, history)
                try await migrator.migrate(database, to: "0001")
                let store = RecordStore(databases)
                var last = Value.null
                for (index, text) in ["Ada", "Bob", "Cleo"].enumerated() {
                    var customer = Record(try store.schema.required("shop.Customer"))
                    customer["name"] = .text(text)
                    try await store.save(&customer)
                    var order = Record(try store.schema.required("shop.Order"))
                    order["number"] = .int(Int64(index))
                    order["customer_id"] = customer.key
                    try await store.save(&order)
                    last = order.key
                }
                _ = try await store.delete(
                    QueryTree("shop.Order").filter(.lookup(LookupPath("number"), .value(.int(2)))))
                try await migrator.migrate(database)
                #expect(try await store.values(Self.names).rows == [["Ada"], ["Bob"], ["Cleo"]], "\(name)")
                let count = try await database.run(
                    Statement(sql: "SELECT COUNT(*) FROM shop_order"), writing: false
                ) { try $0.next() ? $0.int(0) : -1 }
                #expect(count == 2, "\(name)")
                let next = try await database.run(
                    Statement(
                        sql: "INSERT INTO shop_order (\(name == "another name of a column" ? "no" : "number"), paid, "
                            + "customer_id\(name == "a column with a default" ? ", state" : "")) VALUES (9, "
                            + "\(kind == "sqlite" ? "0" : "false"), 1\(name == "a column with a default" ? ", 'x'" : "")) "
                            + "RETURNING id"), writing: true
                ) { try $0.next() ? $0.int(0) : -1 }
                #expect(Value.int(next) != last, "\(name): \(next)")
            }
        }
    }

    @Test("The same models give the same files; nothing new gives none")
    func deterministic() throws {
        let one = try history([try Schemas.golden(nil)])
        let two = try history([try Schemas.golden(nil).reversed().sorted { left, _ in left.proxyOf == nil }])
        #expect(try one.next(Schema(Schemas.golden(nil))) == nil)
        #expect(one.state == two.state)
        #expect(try one.migrations[0].json == history([try Schemas.golden(nil)]).migrations[0].json)
    }

    @Test("What would lose rows, and what cannot be known, is asked for")
    func questions() throws {
        let history = try history([Schemas.shop])
        func next(_ change: (inout [ModelDeclaration]) -> Void, allowsDrops: Bool = false) throws -> Migration? {
            var models = Schemas.shop
            change(&models)
            return try history.next(Schema(models), allowsDrops: allowsDrops)
        }
        let gone = #expect(throws: ModelError.self) { try next { $0[0].fields.removeLast() } }
        #expect(gone?.message.contains("drop column shop_customer.mail") == true)
        #expect(try next({ $0[0].fields.removeLast() }, allowsDrops: true)?.operations.count == 1)
        let table = #expect(throws: ModelError.self) { try next { $0.removeLast() } }
        #expect(table?.message.contains("drop table shop_order") == true)
        // A name that is not declared is a column that goes and one that comes.
        let renamed = #expect(throws: ModelError.self) {
            try next { $0[0].fields[1] = FieldDeclaration("email", .char(50), null: true) }
        }
        #expect(renamed?.message.contains("drop column") == true)
        let unknown = #expect(throws: ModelError.self) {
            try next { $0[0].fields.append(FieldDeclaration("age", .integer)) }
        }
        #expect(unknown?.message.contains("shop_customer.age") == true)
        let key = #expect(throws: ModelError.self) {
            try next { $0[0].fields.append(FieldDeclaration("code", .char(9), primaryKey: true)) }
        }
        #expect(key?.message.contains("key") == true)
    }

    @Test("Back to an earlier migration, and to none", arguments: EmptyDatabase.kinds)
    func backwards(_ kind: String) async throws {
        let before = try await facts(kind, created: Schemas.shop)
        for (name, change) in Schemas.changes {
            var changed = Schemas.shop
            change(&changed)
            let history = try history([Schemas.shop, changed])
            try await EmptyDatabase.with(kind, Schema(changed)) { database in
                let migrator = try Migrator(Databases(database), history)
                #expect(try await migrator.migrate(database) == history.migrations.map(\.name))
                #expect(try await migrator.migrate(database) == [])
                try await migrator.migrate(database, to: "0001")
                compare(try await SchemaFacts.read(database), before, "back from \(name) on \(kind)")
                try await migrator.migrate(database, to: "zero")
                #expect(try await SchemaFacts.read(database) == [])
                #expect(try await migrator.plan(on: database).map(\.name) == history.migrations.map(\.name))
            }
        }
    }

    @Test("A migration that fails leaves everything as it was", arguments: EmptyDatabase.kinds)
    func failure(_ kind: String) async throws {
        var changed = Schemas.shop
        changed[0].fields[0] = FieldDeclaration("name", .char(40), unique: true)
        changed[1].fields.append(FieldDeclaration("extra", .date, null: true))
        let history = try history([Schemas.shop, changed])
        try await EmptyDatabase.with(kind, Schema(Schemas.shop)) { database in
            let migrator = try Migrator(Databases(database), history)
            try await migrator.migrate(database, to: "0001")
            for _ in 0..<2 {
                try await database.execute(Statement(sql: "INSERT INTO shop_customer (name) VALUES ('same')"))
            }
            let before = try await SchemaFacts.read(database)
            let error = await #expect(throws: ModelError.self) { try await migrator.migrate(database) }
            #expect(error?.code == .integrity)
            #expect(error?.message.contains("0002") == true)
            #expect(try await SchemaFacts.read(database) == before)
            #expect(try await migrator.applied(on: database) == [history.migrations[0].name])
            // References are checked again behind a migration.
            let orphan = await #expect(throws: ModelError.self) {
                try await database.execute(
                    Statement(
                        sql: "INSERT INTO shop_order (number, paid, customer_id) VALUES "
                            + "(1, \(kind == "sqlite" ? "0" : "false"), 99)"))
            }
            #expect(orphan?.code == .integrity)
        }
    }

    @Test("Rows that refer to nothing keep a table from being made anew")
    func orphans() async throws {
        var changed = Schemas.shop
        changed[1].fields[0] = FieldDeclaration("number", .bigInteger)
        let history = try history([Schemas.shop, changed])
        try await EmptyDatabase.with("sqlite", Schema(Schemas.shop)) { database in
            let migrator = try Migrator(Databases(database), history)
            try await migrator.migrate(database, to: "0001")
            try await database.execute(Statement(sql: "PRAGMA foreign_keys = OFF"))
            try await database.execute(
                Statement(sql: "INSERT INTO shop_order (number, paid, customer_id) VALUES (1, 0, 99)"))
            let error = await #expect(throws: ModelError.self) { try await migrator.migrate(database) }
            #expect(error?.code == .integrity && error?.message.contains("shop_order") == true)
            #expect(try await migrator.applied(on: database).count == 1)
        }
    }

    @Test("Noted only; changed afterwards; unknown", arguments: EmptyDatabase.kinds)
    func notes(_ kind: String) async throws {
        let history = try history([Schemas.shop])
        try await EmptyDatabase.with(kind, Schema(Schemas.shop)) { database in
            let databases = Databases(database)
            try await databases.createTables()
            let migrator = try Migrator(databases, history)
            #expect(try await migrator.migrate(database, isFake: true).count == 1)
            #expect(try await migrator.plan(on: database).isEmpty)
            var other = history.migrations[0]
            other.operations.removeLast()
            let changed = try Migrator(databases, MigrationHistory([other]))
            await #expect(throws: ModelError.self) { try await changed.migrate(database) }
            let none = try Migrator(databases, MigrationHistory())
            await #expect(throws: ModelError.self) { try await none.migrate(database) }
            await #expect(throws: ModelError.self) { try await migrator.plan(on: database, to: "0009") }
        }
    }

    @Test("Steps of the application's own see the tables at their place", arguments: EmptyDatabase.kinds)
    func steps(_ kind: String) async throws {
        var history = try history([Schemas.shop])
        var fill = try #require(try history.next(Schema(Schemas.shop), name: "fill", isEmpty: true))
        fill.operations = [
            .run(step: "fill"),
            .sql(statements: [
                "sqlite": ["UPDATE shop_customer SET mail = 'lite'"],
                "postgresql": ["UPDATE shop_customer SET mail = 'postgres'"],
            ]),
        ]
        try history.append(fill)
        let done = history
        try await EmptyDatabase.with(kind, Schema(Schemas.shop)) { database in
            let databases = Databases(database)
            #expect(throws: ModelError.self) { try Migrator(databases, done) }
            let step = DataStep("fill") { database in
                try await database.execute(Statement(sql: "INSERT INTO shop_customer (name) VALUES ('by a step')"))
            }
            let migrator = try Migrator(databases, done, steps: [step])
            #expect(try await migrator.migrate(database).last == "0002_fill")
            #expect(try await RecordStore(databases).values(Self.names).rows == [["by a step"]])
            await #expect(throws: ModelError.self) { try await migrator.migrate(database, to: "zero") }
        }
    }
}
