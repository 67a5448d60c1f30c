// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SluiceCore

/// `check`: puts the application together as `serve` would, and says what is wrong (Django's system checks).
struct CheckCommand<App: SluiceApplication>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "check", abstract: "Check plug-ins, routes and settings without serving.")
    }

    @OptionGroup var app: App
    @OptionGroup var site: SiteOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let registry = try PluginRegistry(app.plugins)
        let routes = try registry.router().routes
        _ = try registry.channelLayer(site.channelLayerURL, clock: SystemTime())
        if !server.tlsCert.isEmpty { _ = try server.listeners() }
        print("\(registry.plugins.count) plug-ins, \(routes.count) routes: nothing is wrong")
    }
}
