// SPDX-License-Identifier: Apache-2.0

/// The way through routers to a route: what was passed on it, outermost first.
struct RouteTrail: Sendable {
    /// A pattern on the way.
    struct Level: Sendable {
        let pattern: RoutePattern
        /// The pattern compiled; `nil` for a regular expression.
        let path: CompiledPath?
    }

    /// Something that may keep a connection from going on here, so that what comes later is reached after all.
    enum Condition: Sendable, Hashable {
        /// A host pattern in its comparable form.
        case host(String)
        /// A middleware around a mounted router, known by the indices of the routes that lead to it.
        case middleware(at: [Int])
    }

    private(set) var levels: [Level] = []
    private(set) var conditions: [Condition] = []
    private(set) var namespaces: [String] = []
    /// The host pattern as written; of the innermost, if several.
    private(set) var host: String?
    private(set) var plugin: String?
    private(set) var defaults: [String: any Sendable] = [:]
    private var position: [Int] = []

    /// The way on through a route of a router.
    ///
    /// - Parameter path: its pattern compiled; `nil` for a regular expression.
    func through<Kind>(_ route: Route<Kind>, _ path: CompiledPath?, at index: Int) -> RouteTrail {
        var trail = self
        trail.position.append(index)
        trail.levels.append(Level(pattern: route.pattern, path: path))
        trail.defaults.merge(route.defaults) { $1 }
        trail.plugin = route.plugin ?? plugin
        if route.mountsRouter {
            if let name = route.name { trail.namespaces.append(name) }
            if route.application is any ApplicationWrapper { trail.conditions.append(.middleware(at: trail.position)) }
        }
        return trail
    }

    /// The way on through an entry of a host router; `nil` for its default.
    func through(_ host: HostPattern?, at index: Int, isWrapped: Bool) -> RouteTrail {
        var trail = self
        trail.position.append(index)
        if let host {
            trail.host = host.description
            trail.conditions.append(.host(host.canonical))
        }
        if isWrapped { trail.conditions.append(.middleware(at: trail.position)) }
        return trail
    }

    /// The whole pattern as it is shown.
    var description: String {
        levels.reduce(into: "") { text, level in
            if text.hasSuffix("/") { text.removeLast() }
            text += level.pattern.description
        }
    }

    /// What the path patterns take of a path (without its leading slash), level by level as the routers do.
    ///
    /// - Returns: the captures' texts in order; `nil` when a level does not match or is a regular expression.
    func captures(of path: String) -> [Substring]? {
        var path = RoutedPath(text: path, start: 0)
        var texts: [Substring] = []
        for level in levels {
            guard let compiled = level.path else { return nil }
            var captures: [Range<Int>] = []
            var text = path.text
            let end = text.withUTF8 { compiled.matcher.match($0.span, from: 0, captures: &captures) }
            guard let end else { return nil }
            for (capture, range) in zip(compiled.captures, captures) {
                let text = path.text(in: range)
                guard capture.converter.parse(text) != nil else { return nil }
                texts.append(text)
            }
            path = RoutedPath(text: path.remaining(from: end), start: 0)
        }
        return texts
    }
}

/// A route at the end of its way: an endpoint, or an application that is no router and mounted.
struct RouteLeaf: Sendable {
    /// ``ConnectionKind/type`` of its routers.
    let kind: String
    let trail: RouteTrail
    let name: String?
    /// The endpoint behind all wrappers: its description if it has one, else its type.
    let application: String
    let isMount: Bool
    /// Whether the application may leave a path that its pattern matches to later routes.
    let mayDecline: Bool

    init<Kind: ConnectionKind>(
        _ trail: RouteTrail, name: String?, application: any Application<Kind>, isMount: Bool
    ) {
        let endpoint = innermost(application)
        kind = Kind.type
        self.trail = trail
        self.name = name.map { (trail.namespaces + [$0]).joined(separator: ":") }
        self.application = (endpoint as? any CustomStringConvertible)?.description ?? "\(type(of: endpoint))"
        self.isMount = isMount
        mayDecline = isMount && (application is any ApplicationWrapper || endpoint is any DecliningApplication)
    }

    /// The whole pattern; a mount's ends in `…`.
    var pattern: String {
        let pattern = trail.description
        return isMount ? (pattern.isEmpty ? "/" : pattern) + "…" : pattern
    }
}
