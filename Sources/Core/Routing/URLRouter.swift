// SPDX-License-Identifier: Apache-2.0

/// Hands a connection to the first route that matches its path: Channels' `URLRouter`.
///
/// Path patterns are tried in their order, then the regular expressions in theirs. The outermost router works on
/// ``Scope/path`` without ``Scope/rootPath`` and the leading slash, one inside a mount on ``RouteMatch/remaining``. What
/// matched is added to ``Scope/route``.
public struct URLRouter<Kind: ConnectionKind>: Application {
    /// Paths longer than this, in bytes, are not tried with regular expressions.
    public static var regexPathLimit: Int { RouteEntry.regexPathLimit }

    /// The patterns, and in the same order the routes and what serves them.
    let table: RouteTable
    let entries: [Route<Kind>]
    private let applications: [any Application<Kind>]
    /// What of its patterns and names cannot be read.
    let unreadable: [RoutingError]
    private let listed: [Route<Kind>]
    private let converters: ConverterTable

    /// A router.
    ///
    /// A pattern that cannot be read is reported when the application is put together, and by every connection.
    ///
    /// - Parameter converters: what the patterns may name beside ``StandardConverter/all``; those of routers mounted in
    ///   this one too (behind Sluice's own wrappers, such as middleware), where a name is not theirs already.
    public init(converters: [any PathConverter] = [], @ListBuilder<Route<Kind>> _ routes: () -> [Route<Kind>]) {
        self.init(routes(), table: ConverterTable(converters))
    }

    /// A router over a list of routes.
    public init(_ routes: [Route<Kind>], converters: [any PathConverter] = []) {
        self.init(routes, table: ConverterTable(converters))
    }

    private init(_ routes: [Route<Kind>], table converters: ConverterTable) {
        var rows: [(entry: RouteEntry, route: Route<Kind>)] = []
        var unreadable: [RoutingError] = []
        for route in routes {
            do throws(RoutingError) {
                rows.append((try RouteEntry(route, converters: converters), route.inheriting(converters)))
            } catch {
                unreadable.append(error)
            }
            if let name = route.name, name.contains(":") {
                unreadable.append(
                    RoutingError(
                        .invalidPattern, "route \(route.pattern): a colon in the name '\(name)' is not allowed"))
            }
        }
        rows = rows.filter { $0.entry.path != nil } + rows.filter { $0.entry.path == nil }
        table = RouteTable(rows.map(\.entry))
        entries = rows.map(\.route)
        applications = entries.map(\.application)
        self.unreadable = unreadable
        listed = routes
        self.converters = converters
    }

    /// Runs the first application whose route matches; a mounted one without a match of its own lets the next be tried.
    ///
    /// - Throws: ``RoutingError/Code/noRoute`` when none matches, ``RoutingError/Code/invalidPattern`` when a pattern
    ///   could not be read, and what the application throws.
    public func callAsFunction(scope: Scope, receive: Receive<Kind>, send: Send<Kind>) async throws {
        var (scope, receive, send) = (scope, receive, send)
        let application = try resolved(scope: &scope, receive: &receive, send: &send)
        try await application(scope: scope, receive: receive, send: send)
    }

    /// Chooses the first application whose route matches.
    public func choose(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) throws -> (any Application<Kind>)? {
        if let problem = unreadable.first { throw problem }
        return try choose(from: 0, scope: &scope, receive: &receive, send: &send)
    }
}

extension URLRouter: TryingRouter {
    func choose(
        from row: Int, scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) throws -> any Application<Kind> {
        let path = RoutedPath(scope)
        var row = row
        while let (found, match) = try table.firstMatch(path, from: row, outer: scope.route) {
            guard table.entries[found].isMount else {
                scope.route = match
                return applications[found]
            }
            var inner = scope
            inner.route = match
            if let chosen = try attempt(
                applications[found], row: found, isRouter: table.entries[found].mountsRouter, inner: inner,
                scope: &scope, receive: &receive, send: &send)
            {
                return chosen
            }
            row = found + 1
        }
        throw RoutingError(.noRoute, "no \(Kind.type) route matches \(path.shown)")
    }
}

extension URLRouter: ConverterInheriting {
    func inheriting(_ outer: ConverterTable) -> any Application<Kind> {
        URLRouter(listed, table: ConverterTable(converters.own, outer: outer))
    }
}
