// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceModels
import SluiceSQLite
import TestProcesses
import Testing

@Suite("An application's migrations, as processes", .timeLimit(.minutes(3)), .serialized)
struct ShopMigrationTests {
    private func tables(_ path: String) async throws -> [String] {
        let database = Database(schema: try Schema([]), driver: SQLiteDriver(path: path))
        let rows = try await database.run(
            Statement(
                sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1"),
            writing: true
        ) { reader in
            var names: [String] = []
            while try reader.next() { names.append(reader.text(0)) }
            return names
        }
        await database.close()
        return rows
    }

    @Test("Made, planned, done, checked; each in the words that scripts read")
    func commands() async throws {
        try await ShopProcess.with { shop in
            let url = "sqlite:\(shop.file("db.sqlite3"))"
            let missing = try await shop.run("make-migrations", "--check")
            #expect(missing.status == 1 && missing.output.contains("make-migrations"), "\(missing)")
            let made = try await shop.run("make-migrations")
            #expect(made.status == 0 && made.output.contains("Migrations/0001_initial.json"), "\(made)")
            #expect(try await shop.run("make-migrations", "--check").status == 0)
            #expect(try await shop.run("make-migrations").output.contains("no changes"))

            let plan = try await shop.run("migrate", "--database", url, "--plan")
            #expect(plan.status == 0 && plan.output.contains("CREATE TABLE \"shop_sale\""), "\(plan)")
            #expect(try await tables(shop.file("db.sqlite3")) == [])
            let done = try await shop.run("migrate", "--database", url)
            #expect(done.status == 0 && done.output.contains("0001_initial"), "\(done)")
            #expect(try await shop.run("migrate", "--database", url).output.contains("nothing to do"))
            #expect(
                try await tables(shop.file("db.sqlite3")) == ["accounts_account", "shop_sale", "sluice_migrations"])

            #expect(try await shop.run("make-migrations", "--check", "--form", "2").status == 1)
            #expect(try await shop.run("make-migrations", "--form", "2", "--name", "notes").status == 0)
            #expect(try await shop.run("migrate", "--database", url, "--form", "2").output.contains("0002_notes"))
            let lost = try await shop.run("make-migrations")
            #expect(lost.status == 1 && lost.output.contains("drop table shop_note"), "\(lost)")
            let back = try await shop.run("migrate", "--database", url, "--to", "0001")
            #expect(back.output.contains("took back 0002_notes"), "\(back)")
            #expect(
                try await tables(shop.file("db.sqlite3")) == ["accounts_account", "shop_sale", "sluice_migrations"])
        }
    }

    @Test(
        "Wrong usage ends with one line that names the thing",
        arguments: [
            (["migrate"], "no database", 1), (["migrate", "--database", "users"], "users", 1),
            (["migrate", "--database", "mysql://h/d"], "mysql:", 1),
            (["migrate", "--database", "sqlite::memory:", "--to", "0009"], "0009", 1),
            (["migrate", "--database", "postgresql://u:secret@127.0.0.1:1/d"], "127.0.0.1", 1),
            (["serve", "--port", "0", "--database", "postgresql://u:secret@127.0.0.1:1/d"], "127.0.0.1", 1),
            (["serve", "--port", "0"], "accounts.Account", 1), (["make-migrations", "--name", "../x"], "--name", 64),
        ] as [([String], String, Int32)])
    func usage(_ arguments: [String], _ words: String, _ status: Int32) async throws {
        try await ShopProcess.with { shop in
            try FileManager.default.createDirectory(atPath: shop.file("Migrations"), withIntermediateDirectories: true)
            let process = try ChildProcess(
                ShopProcess.path, arguments, environment: ["SLUICE_DATABASE": ""], workingFolder: shop.folder)
            let ended = try await process.exitStatus(within: .seconds(60))
            await process.stop()
            #expect(ended == status, "\(process.output)")
            #expect(process.output.contains(words) && !process.output.contains("secret"), "\(process.output)")
        }
    }

    @Test("check and serve say in one line that migrations are not applied, and make no file by looking")
    func unapplied() async throws {
        try await ShopProcess.with { shop in
            let path = shop.file("db.sqlite3")
            let url = "sqlite:\(path)"
            let line = "database 'default' lacks 1 migration, the next is 0001_initial: run migrate"
            #expect(try await shop.run("make-migrations").status == 0)
            let before = try await shop.run("check", "--database", url)
            #expect(before.status == 0 && before.output.split(separator: "\n").contains(Substring(line)), "\(before)")
            #expect(!FileManager.default.fileExists(atPath: path))
            let server = try shop.start("serve", "--port", "0", "--database", url)
            _ = try await server.captured("the warning", within: .seconds(60)) { $0.contains(line) ? "" : nil }
            await server.stop()
            #expect(try await shop.run("migrate", "--database", url).status == 0)
            let behind = try await shop.run("check", "--database", url)
            #expect(behind.status == 0 && !behind.output.contains("lacks"), "\(behind)")
        }
    }

    @Test("Accounts on one database, the rest on another, each migrated by its name")
    func split() async throws {
        try await ShopProcess.with { shop in
            let (main, users) = (shop.file("main.sqlite3"), shop.file("users.sqlite3"))
            let places = ["--split", "--database", "sqlite:\(main)", "--database", "users=sqlite:\(users)"]
            func run(_ arguments: String...) async throws -> (status: Int32, output: String) {
                let process = try ChildProcess(
                    ShopProcess.path, arguments + places, environment: ["SLUICE_DATABASE": ""],
                    workingFolder: shop.folder)
                let status = try await process.exitStatus(within: .seconds(60))
                await process.stop()
                return (status, process.output)
            }
            #expect(try await shop.run("make-migrations").status == 0)
            let first = try await run("migrate", "--database", "users")
            #expect(first.status == 0 && first.output.contains("users: 0001_initial"), "\(first)")
            #expect(try await tables(users) == ["accounts_account", "sluice_migrations"])
            #expect(try await tables(main) == [])
            let second = try await run("migrate")
            #expect(second.status == 0 && second.output.contains("default: 0001_initial"), "\(second)")
            #expect(try await tables(main) == ["shop_sale", "sluice_migrations"])
            #expect(try await tables(users) == ["accounts_account", "sluice_migrations"])
        }
    }

    @Test("kill -9 in the middle of a migration: the database is as before it, and the next one does all of it")
    func killed() async throws {
        try await ShopProcess.with { shop in
            let path = shop.file("db.sqlite3")
            #expect(try await shop.run("make-migrations").status == 0)
            #expect(try await shop.run("migrate", "--database", "sqlite:\(path)").status == 0)
            #expect(try await shop.run("make-migrations", "--form", "2", "--name", "notes").status == 0)
            // A step that never ends, behind the new table.
            let file = shop.folder.appending(path: "Migrations/0002_notes.json")
            var notes = try JSONDecoder().decode(Migration.self, from: Data(contentsOf: file))
            let first = try MigrationHistory(folder: shop.file("Migrations")).migrations[0]
            let plain = try MigrationHistory([first, notes])
            notes.operations.append(.run(step: "hang"))
            try MigrationHistory([first, notes]).writeLast(to: shop.file("Migrations"))
            let hanging = try shop.start("migrate", "--database", "sqlite:\(path)", "--form", "2")
            _ = try await hanging.captured("the step") { $0.contains("in the step") ? "" : nil }
            // Somebody else waits, and is told so.
            try await hanging.send(signal: SIGKILL)
            #expect(try await hanging.exitStatus() == 128 + SIGKILL)
            await hanging.stop()
            #expect(try await tables(path) == ["accounts_account", "shop_sale", "sluice_migrations"])
            try plain.writeLast(to: shop.file("Migrations"))
            let again = try await shop.run("migrate", "--database", "sqlite:\(path)", "--form", "2")
            #expect(again.status == 0 && again.output.contains("0002_notes"), "\(again)")
            #expect(try await tables(path) == ["accounts_account", "shop_note", "shop_sale", "sluice_migrations"])
        }
    }

    @Test("Of four who migrate at once each migration is done by one, and all succeed")
    func together() async throws {
        try await ShopProcess.with { shop in
            let url = "sqlite:\(shop.file("db.sqlite3"))"
            #expect(try await shop.run("make-migrations").status == 0)
            #expect(try await shop.run("make-migrations", "--form", "2", "--name", "notes").status == 0)
            let outputs = try await withThrowingTaskGroup(of: (status: Int32, output: String).self) { group in
                for _ in 0..<4 {
                    group.addTask { try await shop.run("migrate", "--database", url, "--form", "2") }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outputs.map(\.status) == [0, 0, 0, 0], "\(outputs)")
            for name in ["0001_initial", "0002_notes"] {
                #expect(outputs.filter { $0.output.contains(name) }.count == 1, "\(outputs)")
            }
        }
    }
}
