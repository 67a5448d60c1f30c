// SPDX-License-Identifier: Apache-2.0

import Sluice
import Testing

@Suite("Databases by URL")
struct DatabaseURLTests {
    @Test("Settings of the pool are its own, the others the backend's")
    func settings() throws {
        let url = try DatabaseURL("postgresql://u:p@h:5/db?pool_max=3&sslmode=require&pool_min=9&pool_wait=7")
        #expect(url.scheme == "postgresql")
        #expect(url.text == "postgresql://u:p@h:5/db?sslmode=require")
        #expect(url.pool.maximum == 3)
        #expect(url.pool.minimum == 3)
        #expect(url.pool.patience == .seconds(7))
        #expect(try DatabaseURL("sqlite:a b?pool_max=2").text == "sqlite:a b")
    }

    @Test(
        "What is no URL is refused",
        arguments: [
            "", ":", "nothing", "://x", "a b:c", "sqlite:x?pool_max=0", "sqlite:x?pool_max=-1", "sqlite:x?pool_max=no",
            "sqlite:x?pool_other=1", "sqlite:x?pool_wait=99999999999999999999", "sqlite:a\0b",
        ])
    func noURL(_ text: String) {
        #expect(throws: ModelError.self) { try DatabaseURL(text) }
    }

    @Test(
        "No message holds a password",
        arguments: [
            "postgresql://user:secret@host/db", "postgresql://user:sec:ret@host/db?sslpassword=secret",
            "postgresql://user:a/secret@host", "postgresql://user:a?secret@host/db",
            "postgresql://user:a@secret@host/db",
            "postgresql://host/db?user=x&password=secret", "postgresql:user:secret@host",
        ])
    func passwords(_ text: String) throws {
        let url = try DatabaseURL(text)
        #expect(!url.description.contains("secret"), "\(url)")
        let schema = try Schema([])
        let error = #expect(throws: ModelError.self) { _ = try Database(text, schema: schema, backends: [.sqlite]) }
        #expect(error?.message.contains("sqlite:") == true)
        #expect(error?.message.contains("secret") == false)
    }

    @Test(
        "A backend says what it cannot open",
        arguments: ["sqlite:", "sqlite:a?cache=shared", "postgresql:name", "mysql://h/d"])
    func refused(_ text: String) throws {
        let schema = try Schema([])
        #expect(throws: ModelError.self) {
            _ = try Database(text, schema: schema, backends: [.sqlite, .postgreSQL])
        }
    }

    @Test(
        "A database that cannot be reached is named with the cause, in one line",
        arguments: ["sqlite:/nowhere/at/all/x.sqlite3", "postgresql://user:secret@127.0.0.1:1/db"])
    func unreachable(_ text: String) async throws {
        let database = try Database(
            text, name: "archive", schema: Schema([]), backends: [.sqlite, .postgreSQL])
        let error = await #expect(throws: ModelError.self) { try await database.connect() }
        #expect(error?.code == .operational)
        let message = error?.message ?? ""
        #expect(message.contains("archive") && !message.contains("\n") && !message.contains("secret"), "\(message)")
        #expect(await database.problem(within: .seconds(30)) == message)
        await database.close()
    }

    @Test("Without a database under 'default' there is none")
    func noDefault() throws {
        let schema = try Schema([])
        #expect(throws: ModelError.self) {
            _ = try Databases(["other": "sqlite::memory:"], schema: schema, backends: [.sqlite])
        }
    }
}
