// SPDX-License-Identifier: Apache-2.0

#if Models
import ArgumentParser
import SluiceCore
import SluiceModels

/// `inspect-db`: writes models for the tables that a database has (Django's `inspectdb`).
struct InspectCommand<App: SluiceApplication>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "inspect-db", abstract: "Write models for the tables that are there.",
            discussion: """
                Prints a file of Swift to begin with: columns, keys, unique columns and references. Changes nothing. \
                --database ALIAS names the database, where there are several.
                """)
    }

    @OptionGroup var app: App
    @OptionGroup var site: SiteOptions

    @Option(help: "The application that the models are put into.")
    var label = "app"

    func run() async throws {
        let (_, state) = try app.prepare(site)
        guard let databases = state.databases else { throw SettingError("there is no database: --database URL") }
        do {
            let database = try site.databaseAliases.first.map(databases.named) ?? databases.main
            try await database.connect()
            print(ModelWriter(try await database.inspect(app: label)).text, terminator: "")
            await databases.close()
        } catch {
            await databases.close()
            throw SettingError("\(error)")
        }
    }
}
#endif
