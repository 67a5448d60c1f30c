// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SluiceCore

#if Models
import SluiceModels
#endif

/// `check`: puts the application together as `serve` would, and says all that is wrong (Django's system checks).
struct CheckCommand<App: SluiceApplication>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "check", abstract: "Check plug-ins, routes and settings without serving.",
            discussion: "Names every problem in a line of its own; the exit status is 1 then.")
    }

    /// What is wrong, a line for each.
    private struct Problems: Error, CustomStringConvertible {
        let description: String
    }

    @OptionGroup var app: App
    @OptionGroup var site: SiteOptions
    @OptionGroup var server: ServerOptions
    #if Models
    @OptionGroup var migrations: MigrationOptions
    #endif

    func run() async throws {
        let registry = try PluginRegistry(app.plugins)
        let router = registry.uncheckedRouter()
        var problems = router.problems.map(\.description)
        for (_, url) in try site.channelLayers(over: app.channelLayers).urls.sorted(by: { $0.key < $1.key }) {
            do {
                _ = try registry.channelLayer(url, clock: SystemTime())
            } catch {
                problems.append("\(error)")
            }
        }
        #if Models
        var missing: [String] = []
        do {
            if let databases = try site.databases(over: app.databases).databases(registry, clock: SystemTime()) {
                missing = try await UnappliedMigrations(
                    databases, migrations.history(of: app), steps: registry.values(for: .dataSteps), isServing: false
                ).lines
                await databases.close()
            }
        } catch {
            problems.append("\(error)")
        }
        #endif
        do {
            if !server.tlsCert.isEmpty { _ = try server.listeners() }
        } catch {
            problems.append("\(error)")
        }
        guard problems.isEmpty else { throw Problems(description: problems.joined(separator: "\n")) }
        #if Models
        for line in missing { print(line) }
        #endif
        print("\(registry.plugins.count) plug-ins, \(router.routes.count) routes: nothing is wrong")
    }
}
