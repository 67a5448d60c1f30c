// SPDX-License-Identifier: Apache-2.0

/// One row of the `routes` command.
public struct RouteDescription: Sendable, Hashable {
    /// ``ConnectionKind/type`` of the router.
    public let kind: String
    /// The pattern of the hosts for which it is served; `nil` for all.
    public let host: String?
    /// The whole pattern, with the prefixes of the mounts around it; a mount's own ends in `…`.
    public let pattern: String
    /// The route's name with its namespaces.
    public let name: String?
    /// The endpoint behind all wrappers: its description if it has one, else its type.
    public let application: String
    /// Default arguments as `name=value`, sorted, those of the mounts around it too.
    public let defaults: [String]
    /// The plug-in that contributed it; `nil` for a route of a router that was made by hand.
    public let plugin: String?

    init(_ leaf: RouteLeaf) {
        kind = leaf.kind
        host = leaf.trail.host
        pattern = leaf.pattern
        name = leaf.name
        application = leaf.application
        defaults = leaf.trail.defaults.map { "\($0.key)=\($0.value)" }.sorted()
        plugin = leaf.trail.plugin
    }
}

/// What a router tells about its routes, whatever its kind.
protocol RouteListing {
    /// Its routes and those of the routers mounted in it, in the order in which they are tried.
    func leaves(behind trail: RouteTrail) -> [RouteLeaf]

    /// Which of its patterns and names, and of the routers mounted in it, cannot be read.
    var problems: [RoutingError] { get }
}

extension URLRouter: RouteListing {
    /// The routes of this router and of those mounted in it, in the order in which they are tried.
    public var routes: [RouteDescription] { leaves(behind: RouteTrail()).map(RouteDescription.init) }

    func leaves(behind trail: RouteTrail) -> [RouteLeaf] {
        entries.enumerated().flatMap { index, route -> [RouteLeaf] in
            let trail = trail.through(route, table.entries[index].path, at: index)
            if let router = innermost(route.application) as? any RouteListing { return router.leaves(behind: trail) }
            return [RouteLeaf(trail, name: route.name, application: route.application, isMount: route.isMount)]
        }
    }

    var problems: [RoutingError] {
        unreadable
            + entries.flatMap { (innermost($0.application) as? any RouteListing)?.problems ?? [] }
    }
}
