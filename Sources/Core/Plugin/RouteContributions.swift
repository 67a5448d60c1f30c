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
    /// Two path patterns that match the same paths are a conflict. Mounted routers are none (the second is asked when
    /// the first has no match), regular expressions cannot be compared.
    public static func routes<Kind: ConnectionKind>(
        for kind: Kind.Type
    ) -> Self where Value == Route<Kind> {
        Self(
            name: "route",
            identity: { route in
                guard let pattern = route.pattern.canonical, !route.mountsRouter else { return nil }
                return "\(pattern)\(route.isMount ? "…" : "") (\(Kind.type))"
            },
            fold: { routes, registry, router in
                let converters = registry.values(for: .pathConverters)
                router.mount(
                    URLRouter(routes, converters: converters).wrapped(in: registry.middleware(for: Kind.self)))
            })
    }
}

extension Route {
    fileprivate var mountsRouter: Bool { isMount && innermost(application) is any RouteListing }
}

extension ContributionKey where Value == any PathConverter {
    /// Converters that the patterns of all contributed routes may name.
    public static var pathConverters: Self { Self("path converter") { $0.name } }
}
