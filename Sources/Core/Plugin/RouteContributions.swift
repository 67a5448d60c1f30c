// SPDX-License-Identifier: Apache-2.0

extension ContributionKey where Value == Route<HTTP> {
    /// Routes of HTTP.
    public static var routes: Self { .routes(for: HTTP.self) }
}

extension ContributionKey where Value == Route<WebSocket> {
    /// Routes of WebSockets.
    public static var webSocketRoutes: Self { .routes(for: WebSocket.self) }
}

extension ContributionKey {
    /// Routes of any kind of connection, a plug-in's own too: all are folded into one ``URLRouter`` a kind.
    ///
    /// A route whose paths an earlier one takes all is a conflict, found when the router is made
    /// (``PluginRegistry/router(state:)``).
    public static func routes<Kind: ConnectionKind>(
        for kind: Kind.Type
    ) -> Self where Value == Route<Kind> {
        Self(
            name: "route", identity: { _ in nil },
            fold: { contributions, registry, router in
                let routes = contributions.map { contribution in
                    var route = contribution.value
                    route.plugin = contribution.plugin
                    return route
                }
                let converters = registry.values(for: .pathConverters)
                router.mount(
                    URLRouter(routes, converters: converters).wrapped(in: registry.middleware(for: Kind.self)))
            })
    }
}

extension ContributionKey where Value == any PathConverter {
    /// Converters that the patterns of all contributed routes may name.
    public static var pathConverters: Self { Self("path converter") { $0.name } }
}
