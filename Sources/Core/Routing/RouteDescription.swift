// SPDX-License-Identifier: Apache-2.0

/// One row of the `routes` command.
public struct RouteDescription: Sendable, Hashable {
    /// ``ConnectionKind/type`` of the router.
    public let kind: String
    /// The whole pattern, with the prefixes of the mounts around it; a mount's own ends in `…`.
    public let pattern: String
    /// The route's name.
    public let name: String?
    /// The endpoint behind all wrappers: its description if it has one, else its type.
    public let application: String
    /// Default arguments as `name=value`, sorted.
    public let defaults: [String]
}

/// What a router tells about its routes, whatever its kind.
protocol RouteListing {
    /// Its rows and those of the routers mounted in it.
    func routes(under prefix: String) -> [RouteDescription]

    /// What is wrong with its patterns and those of the routers mounted in it.
    var problems: [RoutingError] { get }
}

extension URLRouter: RouteListing {
    /// The routes of this router and of those mounted in it, in the order in which they are tried.
    public var routes: [RouteDescription] { routes(under: "") }

    func routes(under prefix: String) -> [RouteDescription] {
        entries.flatMap { entry -> [RouteDescription] in
            let route = entry.route
            let endpoint = innermost(route.application)
            let pattern = prefix + route.pattern.description
            if let router = endpoint as? any RouteListing {
                return router.routes(under: pattern.hasSuffix("/") ? String(pattern.dropLast()) : pattern)
            }
            let described = (endpoint as? any CustomStringConvertible)?.description
            return [
                RouteDescription(
                    kind: Kind.type, pattern: route.isMount ? pattern + "…" : pattern, name: route.name,
                    application: described ?? "\(type(of: endpoint))",
                    defaults: route.defaults.map { "\($0.key)=\($0.value)" }.sorted())
            ]
        }
    }

    var problems: [RoutingError] {
        (problem.map { [$0] } ?? [])
            + entries.flatMap { (innermost($0.route.application) as? any RouteListing)?.problems ?? [] }
    }
}
