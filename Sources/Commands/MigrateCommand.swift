// SPDX-License-Identifier: Apache-2.0

#if Models
import ArgumentParser
import SluiceCore
import SluiceModels

/// `migrate`: brings the databases to the last migration, or to another one.
struct MigrateCommand<App: SluiceApplication>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "migrate", abstract: "Bring databases to a migration.",
            discussion: """
                Each migration is one transaction. --database ALIAS names the databases that are migrated; without one it \
                is all of them. --database URL and ALIAS=URL say where they are, as for serve.
                """)
    }

    @OptionGroup var app: App
    @OptionGroup var site: SiteOptions
    @OptionGroup var options: MigrationOptions

    @Flag(help: "Only show the steps and their statements.")
    var plan = false

    @Flag(help: "Only note the migrations as done, where the tables are there already.")
    var fake = false

    @Option(help: "The migration to come to, by its name or number, which may lie behind; zero for none at all.")
    var to: String?

    func run() async throws {
        let (registry, state) = try app.prepare(site)
        guard let databases = state.databases else { throw SettingError("there is no database: --database URL") }
        do {
            let migrator = try Migrator(databases, options.history(of: app), steps: registry.values(for: .dataSteps))
            let aliases = site.databaseAliases
            let chosen = try aliases.isEmpty ? databases.all : aliases.map(databases.named)
            for database in chosen {
                try await database.connect()
                let prefix = databases.all.count > 1 ? "\(database.name): " : ""
                try await run(migrator, database, prefix)
            }
            await databases.close()
        } catch {
            await databases.close()
            throw SettingError("\(error)")
        }
    }

    private func run(_ migrator: Migrator, _ database: Database, _ prefix: String) async throws {
        let planned = try await migrator.plan(on: database, to: to)
        guard !planned.isEmpty else { return print("\(prefix)nothing to do") }
        guard !plan else {
            for migration in planned {
                print("\(prefix)\(migration.isReverse ? "take back " : "")\(migration.name)")
                for step in migration.steps { print("  \(step)") }
                for statement in migration.statements {
                    print("    " + statement.replacing("\n", with: "\n    ") + ";")
                }
            }
            return
        }
        try await migrator.migrate(database, to: to, isFake: fake) { migration in
            print("\(prefix)\(migration.isReverse ? "took back " : "")\(migration.name)\(fake ? " (only noted)" : "")")
        }
    }
}
#endif
