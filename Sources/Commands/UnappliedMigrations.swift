// SPDX-License-Identifier: Apache-2.0

#if Models
import Foundation
import SluiceCore
import SluiceModels

/// Databases that lack migrations, a line for each: what `serve` and `check` say of them.
struct UnappliedMigrations {
    let lines: [String]

    /// Asks the databases that are there.
    ///
    /// - Parameter isServing: whether those in memory are in use; else they begin and end with the command.
    /// - Throws: ``SettingError`` for migrations that cannot be read, `ModelError` for a database that does not answer or
    ///   that has had other migrations.
    init(_ databases: Databases, _ history: MigrationHistory, steps: [DataStep], isServing: Bool) async throws {
        guard !history.migrations.isEmpty else {
            lines = []
            return
        }
        let migrator = try Migrator(databases, history, steps: steps)
        var lines: [String] = []
        for database in databases.all where isServing || !Self.isInMemory(database) {
            let missing = Self.isThere(database) ? try await migrator.plan(on: database) : nil
            // A database that is not there lacks all of them.
            let count = missing?.count ?? history.migrations.count
            guard count > 0 else { continue }
            let next = missing?.first?.name ?? history.migrations[0].name
            lines.append(
                "database '\(database.name)' lacks \(count) migration\(count == 1 ? "" : "s"), the next is \(next): "
                    + "run migrate")
        }
        self.lines = lines
    }

    /// Looking at a SQLite database must not make it.
    private static func isThere(_ database: Database) -> Bool {
        guard let url = database.location, url.scheme == "sqlite" else { return true }
        return isInMemory(database) || FileManager.default.fileExists(atPath: String(url.rest))
    }

    private static func isInMemory(_ database: Database) -> Bool {
        database.location?.scheme == "sqlite" && database.location?.rest == ":memory:"
    }
}
#endif
