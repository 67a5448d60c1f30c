// SPDX-License-Identifier: Apache-2.0

/// A pattern and the application behind it, one row of a ``URLRouter``.
///
/// Any application is an endpoint. A router as endpoint, also behind middleware, makes the route a mount, as in
/// Channels: the pattern then takes a prefix, the router the rest.
public struct Route<Kind: ConnectionKind>: Sendable {
    /// The pattern.
    public let pattern: RoutePattern
    /// What serves a matching connection.
    public let application: any Application<Kind>
    /// The name for reverse lookup (``URLReverser``), without colons; `nil` for none. Where a router is mounted, it is
    /// the namespace of the names in it: `shop:ticket`.
    public let name: String?
    /// Arguments put among the captures, over captures of the same name (Django's `kwargs`).
    public let defaults: [String: any Sendable]
    /// Whether more path than the pattern may follow, which the application finds in ``RouteMatch/remaining``.
    public let isMount: Bool
    /// Whether a router is mounted: the name is a namespace then, and paths that it does not know are tried further on.
    let mountsRouter: Bool
    /// The plug-in that contributed it, for messages.
    var plugin: String?

    init(
        pattern: RoutePattern, application: any Application<Kind>, name: String?, defaults: [String: any Sendable],
        isMount: Bool
    ) {
        self.pattern = pattern
        self.application = application
        self.name = name
        self.defaults = defaults
        self.isMount = isMount
        mountsRouter = innermost(application) is any RouteListing
    }

    /// The same route, whose mounted router knows the converters of the router around it.
    func inheriting(_ converters: ConverterTable) -> Self {
        guard isMount, !converters.isEmpty, let inner = application as? any ConverterInheriting<Kind> else {
            return self
        }
        var route = Route(
            pattern: pattern, application: inner.inheriting(converters), name: name, defaults: defaults, isMount: true)
        route.plugin = plugin
        return route
    }

    /// A route to an application.
    public init(
        _ pattern: some RoutePatternConvertible, application: any Application<Kind>, name: String? = nil,
        defaults: [String: any Sendable] = [:]
    ) {
        self.init(
            pattern: pattern.routePattern, application: application, name: name, defaults: defaults,
            isMount: innermost(application) is any RouteListing)
    }

    /// A route to an application.
    public init(
        _ pattern: some RoutePatternConvertible, _ application: any Application<Kind>, name: String? = nil,
        defaults: [String: any Sendable] = [:]
    ) {
        self.init(pattern, application: application, name: name, defaults: defaults)
    }
}

/// A prefix of paths that is handed to a router or another application, which works on the rest.
///
/// `Mount("/static", …)` takes `/static`, `/static/` and what is below, not `/statics`; with a final slash in the
/// prefix, paths must have it too. The slash between prefix and rest is taken off, once. The prefix may have captures.
/// An application that throws ``RoutingError/Code/noRoute`` lets the router go on with its next route; one that means to
/// do so is a ``DecliningApplication``.
public struct Mount<Kind: ConnectionKind>: Sendable {
    let route: Route<Kind>

    /// A prefix and what is mounted there.
    public init(
        _ prefix: some RoutePatternConvertible, application: any Application<Kind>, name: String? = nil,
        defaults: [String: any Sendable] = [:]
    ) {
        route = Route(
            pattern: prefix.routePattern, application: application, name: name, defaults: defaults, isMount: true)
    }

    /// A prefix and what is mounted there.
    public init(
        _ prefix: some RoutePatternConvertible, _ application: any Application<Kind>, name: String? = nil,
        defaults: [String: any Sendable] = [:]
    ) {
        self.init(prefix, application: application, name: name, defaults: defaults)
    }
}

extension ListBuilder {
    /// A mount among routes.
    public static func buildExpression<Kind>(_ mount: Mount<Kind>) -> [Element] where Element == Route<Kind> {
        [mount.route]
    }
}
