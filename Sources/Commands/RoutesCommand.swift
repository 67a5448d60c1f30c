// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SluiceCore

/// `routes`: what is served where, and what would keep the application from starting.
struct RoutesCommand<App: SluiceApplication>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "routes", abstract: "List the routes of every kind of connection.",
            discussion: """
                Shows kind, hosts (when not all), pattern (a mount's ends in …), application, [name with namespaces], \
                {default arguments} and the plug-in. Routes that no path reaches are named at the end; the exit status \
                is 1 then.
                """)
    }

    @OptionGroup var app: App

    func run() async throws {
        let router = try PluginRegistry(app.plugins).uncheckedRouter()
        let routes = router.routes
        let places = routes.map { ($0.host ?? "") + $0.pattern }
        let width = places.map(\.count).max() ?? 0
        for (route, place) in zip(routes, places) {
            let kind = route.kind.padding(to: 10)
            let name = route.name.map { " [\($0)]" } ?? ""
            let defaults = route.defaults.isEmpty ? "" : " {\(route.defaults.joined(separator: ", "))}"
            let plugin = route.plugin.map { " (\($0))" } ?? ""
            print("\(kind) \(place.padding(to: width))  \(route.application)\(name)\(defaults)\(plugin)")
        }
        try router.validate()
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
