// SPDX-License-Identifier: Apache-2.0

import Sluice

/// Brings the databases to the last migration; stands in front of the plug-ins that use them.
struct Storage: Plugin {
    let name = "storage"
    /// The folder of the migrations.
    let migrations: String

    func contribute(to contributions: inout Contributions) {
        contributions.add(
            LifespanHook { state in
                guard let databases = state.databases else { throw StoreError.noDatabase }
                let migrator = try Migrator(databases, MigrationHistory(folder: migrations))
                for database in databases.all { try await migrator.migrate(database) }
            }, to: .lifespan)
    }
}
