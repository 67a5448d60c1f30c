// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// Hands a connection to the first application whose pattern matches the request's `Host`: several sites in one server.
///
/// ```swift
/// HostRouter(default: site) {
///     HostRoute("api.example.org", api)                // exactly this host
///     HostRoute("<tenant>.example.org", tenants)       // one label more: scope.route["tenant"]
///     HostRoute(".example.com", old)                   // example.com and all below it, as in Django's ALLOWED_HOSTS
/// }
/// ```
/// Case, port and a final dot do not count; captures are in lower case. The path is left as it is, so the applications
/// are ``URLRouter``s as anywhere else. One without a route for the path lets the next matching host be tried, and last
/// the default. `X-Forwarded-Host` is not looked at: anyone may send it.
public struct HostRouter<Kind: ConnectionKind>: Application {
    private struct Entry: Sendable {
        let pattern: HostPattern
        let application: any Application<Kind>
    }

    private let entries: [Entry]
    private let fallback: (any Application<Kind>)?
    private let unreadable: [RoutingError]
    private let hosts: [HostRoute<Kind>]
    private let converters: ConverterTable

    /// A router.
    ///
    /// A pattern that cannot be read is reported when the application is put together, and by every connection.
    ///
    /// - Parameters:
    ///   - application: serves the hosts that no pattern matches, and connections without one; `nil` for 404.
    ///   - converters: what the captures may name beside ``StandardConverter/all`` (`path` aside).
    public init(
        default application: (any Application<Kind>)? = nil, converters: [any PathConverter] = [],
        @ListBuilder<HostRoute<Kind>> _ hosts: () -> [HostRoute<Kind>]
    ) {
        self.init(hosts(), fallback: application, converters: ConverterTable(converters))
    }

    private init(_ hosts: [HostRoute<Kind>], fallback: (any Application<Kind>)?, converters: ConverterTable) {
        var entries: [Entry] = []
        var unreadable: [RoutingError] = []
        for host in hosts {
            do throws(RoutingError) {
                let application = Self.inherit(converters, host.application)
                entries.append(
                    Entry(pattern: try HostPattern(host.pattern, converters: converters), application: application))
            } catch {
                unreadable.append(error)
            }
        }
        self.entries = entries
        self.fallback = fallback.map { Self.inherit(converters, $0) }
        self.unreadable = unreadable
        self.hosts = hosts
        self.converters = converters
    }

    /// Runs the first application whose host matches; one without a route for the path lets the next be tried.
    ///
    /// - Throws: ``RoutingError/Code/noRoute`` when none matches, ``RoutingError/Code/invalidPattern`` when a pattern
    ///   could not be read, and what the application throws.
    public func callAsFunction(scope: Scope, receive: Receive<Kind>, send: Send<Kind>) async throws {
        var (scope, receive, send) = (scope, receive, send)
        let application = try resolved(scope: &scope, receive: &receive, send: &send)
        try await application(scope: scope, receive: receive, send: send)
    }

    /// Chooses the first application whose host matches.
    public func choose(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) throws -> (any Application<Kind>)? {
        if let problem = unreadable.first { throw problem }
        return try choose(from: 0, scope: &scope, receive: &receive, send: &send)
    }

    /// The host of a `Host` field, without port and final dot, in lower case; empty when it is longer than a host is.
    private static func name(_ field: String) -> String {
        guard field.utf8.count <= HostPattern.limit + 7 else { return "" }
        var name = field[...]
        if let colon = name.lastIndex(of: ":"), name[colon...].dropFirst().utf8.allSatisfy(isDigit),
            name[..<colon].last == "]" || !name[..<colon].contains(":")
        {
            name = name[..<colon]
        }
        if name.last == "." { name.removeLast() }
        return name.lowercased()
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func inherit(
        _ converters: ConverterTable, _ application: any Application<Kind>
    ) -> any Application<Kind> {
        guard !converters.isEmpty, let inner = application as? any ConverterInheriting<Kind> else { return application }
        return inner.inheriting(converters)
    }
}

/// A host pattern and the application behind it, one row of a ``HostRouter``.
public struct HostRoute<Kind: ConnectionKind>: Sendable {
    /// The pattern as written.
    public let pattern: String
    /// What serves the host.
    public let application: any Application<Kind>

    /// A host, or hosts: `example.org`, `.example.org` (subdomains too) or `<name>.example.org` (one label).
    public init(_ pattern: String, _ application: any Application<Kind>) {
        self.pattern = pattern
        self.application = application
    }
}

/// HTTPTypes has it as the request's authority only; a server's scope has it among the fields, as it came.
private let hostField = HTTPField.Name("Host")

extension HostRouter: TryingRouter {
    func choose(
        from row: Int, scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) throws -> any Application<Kind> {
        let host = Self.name(hostField.flatMap { scope.headers[$0] } ?? "")
        for index in row..<entries.count {
            guard let captures = entries[index].pattern.match(host) else { continue }
            var inner = scope
            for (name, value) in captures { inner.route.set(name, to: value) }
            if let chosen = try attempt(
                entries[index].application, row: index,
                isRouter: innermost(entries[index].application) is any RouteListing, inner: inner, scope: &scope,
                receive: &receive, send: &send)
            {
                return chosen
            }
        }
        guard let fallback else {
            throw RoutingError(.noRoute, "no \(Kind.type) route for the host \(host.prefix(100).debugDescription)")
        }
        return fallback
    }
}

extension HostRouter: ConverterInheriting {
    func inheriting(_ outer: ConverterTable) -> any Application<Kind> {
        HostRouter(hosts, fallback: fallback, converters: ConverterTable(converters.own, outer: outer))
    }
}

extension HostRouter: RouteListing {
    /// The routes behind all hosts, in the order in which they are tried.
    public var routes: [RouteDescription] { leaves(behind: RouteTrail()).map(RouteDescription.init) }

    func leaves(behind trail: RouteTrail) -> [RouteLeaf] {
        var leaves: [RouteLeaf] = []
        for (index, entry) in entries.enumerated() {
            leaves += Self.leaves(of: entry.application, behind: trail, entry.pattern, at: index)
        }
        if let fallback { leaves += Self.leaves(of: fallback, behind: trail, nil, at: entries.count) }
        return leaves
    }

    var problems: [RoutingError] {
        let applications = entries.map(\.application) + (fallback.map { [$0] } ?? [])
        return unreadable + applications.flatMap { (innermost($0) as? any RouteListing)?.problems ?? [] }
    }

    private static func leaves(
        of application: any Application<Kind>, behind trail: RouteTrail, _ host: HostPattern?, at index: Int
    ) -> [RouteLeaf] {
        let router = innermost(application) as? any RouteListing
        let isWrapped = router != nil && application is any ApplicationWrapper
        let trail = trail.through(host, at: index, isWrapped: isWrapped)
        return router?.leaves(behind: trail)
            ?? [RouteLeaf(trail, name: nil, application: application, isMount: true)]
    }
}
