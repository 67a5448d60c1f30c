// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SluiceCore

/// `routes`: what is served where.
struct RoutesCommand<App: SluiceApplication>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "routes", abstract: "List the routes of every kind of connection.")
    }

    @OptionGroup var app: App

    func run() async throws {
        let routes = try PluginRegistry(app.plugins).router().routes
        let width = routes.map(\.pattern.count).max() ?? 0
        for route in routes {
            let kind = route.kind.padding(to: 10)
            let name = route.name.map { " [\($0)]" } ?? ""
            let defaults = route.defaults.isEmpty ? "" : " {\(route.defaults.joined(separator: ", "))}"
            print("\(kind) \(route.pattern.padding(to: width))  \(route.application)\(name)\(defaults)")
        }
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
