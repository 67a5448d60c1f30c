// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceModels
import SluicePostgreSQL
import Testing

@Suite("Tables that change while statements are prepared", .timeLimit(.minutes(1)))
struct CachedPlanTests {
    private static let hasServer = ProcessInfo.processInfo.environment["SLUICE_TEST_POSTGRESQL"] != nil

    private func columns(_ database: Database) async throws -> Int {
        let statement = Statement(sql: "SELECT * FROM changing WHERE id > $1", binds: [.int(0)])
        return try await database.run(statement, writing: true) { reader in
            try reader.next() ? reader.count : 0
        }
    }

    @Test(
        "A statement is prepared again; in a transaction, which has failed by then, the error says what to do",
        .enabled(if: hasServer, "no PostgreSQL was started for the tests"))
    func prepared() async throws {
        try await EmptyDatabase.with("postgresql", try Schema([])) { database in
            // One link prepares for the whole test, as all wait for it.
            try await database.execute(Statement(sql: "CREATE TABLE changing (id int)"))
            try await database.execute(Statement(sql: "INSERT INTO changing VALUES (1)"))
            #expect(try await columns(database) == 1)
            try await database.execute(Statement(sql: "ALTER TABLE changing ADD COLUMN a int"))
            #expect(try await columns(database) == 2)
            try await database.execute(Statement(sql: "ALTER TABLE changing ADD COLUMN b int"))
            let error = await #expect(throws: ModelError.self) {
                try await database.transaction { _ = try await columns(database) }
            }
            #expect(error?.code == .operational)
            #expect(error?.message.contains("begin the transaction again") == true)
            let again = try await database.transaction { try await columns(database) }
            #expect(again == 3)
            #expect(try await columns(database) == 3)
        }
    }
}
