// SPDX-License-Identifier: Apache-2.0

/// One application for each kind of connection: Channels' `ProtocolTypeRouter`, and what a server or host is given.
///
/// No application itself, since applications are typed by kind: whoever has a connection asks for its kind.
public struct ProtocolTypeRouter: Sendable {
    private var mounted: [ObjectIdentifier: any MountedKind] = [:]
    private var order: [ObjectIdentifier] = []

    /// A router over the kinds that Core knows; ``mount(_:)`` adds others.
    public init(
        http: (any Application<HTTP>)? = nil, webSocket: (any Application<WebSocket>)? = nil,
        lifespan: (any Application<Lifespan>)? = nil
    ) {
        if let http { mount(http) }
        if let webSocket { mount(webSocket) }
        if let lifespan { mount(lifespan) }
    }

    /// Lets an application serve its kind, in place of the one that did before.
    public mutating func mount<Kind: ConnectionKind>(_ application: any Application<Kind>) {
        let id = ObjectIdentifier(Kind.self)
        if mounted.updateValue(Mounted(application), forKey: id) == nil { order.append(id) }
    }

    /// The application of a kind, or `nil`. Servers look it up once, not for each connection.
    public func application<Kind: ConnectionKind>(for kind: Kind.Type) -> (any Application<Kind>)? {
        (mounted[ObjectIdentifier(kind)] as? Mounted<Kind>)?.application
    }

    /// The application of a kind.
    ///
    /// - Throws: ``RoutingError/Code/noApplication`` that names the kind.
    public func requiredApplication<Kind: ConnectionKind>(
        for kind: Kind.Type
    ) throws(RoutingError) -> any Application<Kind> {
        guard let application = application(for: kind) else {
            throw RoutingError.noApplication(kind)
        }
        return application
    }

    /// Serves a connection with its kind's application.
    ///
    /// - Throws: ``RoutingError/Code/noApplication`` that names the kind, and what the application throws.
    public func callAsFunction<Kind: ConnectionKind>(
        scope: Scope, receive: Receive<Kind>, send: Send<Kind>
    ) async throws {
        let application = try requiredApplication(for: Kind.self)
        try await application(scope: scope, receive: receive, send: send)
    }

    /// ``ConnectionKind/type`` of every kind that has an application, in the order of mounting.
    public var kinds: [String] { order.compactMap { mounted[$0]?.kind } }

    /// The routes of all kinds, as the `routes` command lists them.
    public var routes: [RouteDescription] {
        order.flatMap { leaves(of: $0).map(RouteDescription.init) }
    }

    /// What is wrong with the routes: patterns and names that cannot be read and, of the others, those that no path
    /// reaches because an earlier route of the same kind takes all of theirs.
    ///
    /// Only what is certain is listed: regular expressions are not compared, and middleware around a mounted router, a
    /// ``DecliningApplication`` and another host leave later routes a chance.
    public var problems: [RoutingError] {
        order.flatMap { mounted[$0]?.listing?.problems ?? [] }
            + order.flatMap { RouteConflicts.find(in: leaves(of: $0)) }
    }

    /// Refuses routers with ``problems``.
    ///
    /// - Throws: ``RoutingError`` with the first one's code and a line for each.
    public func validate() throws(RoutingError) {
        if let problem = RoutingError(problems) { throw problem }
    }

    /// The routes of all kinds.
    var leaves: [RouteLeaf] { order.flatMap(leaves) }

    private func leaves(of id: ObjectIdentifier) -> [RouteLeaf] {
        mounted[id]?.listing?.leaves(behind: RouteTrail()) ?? []
    }
}

/// An application whose kind is not known here.
private protocol MountedKind: AnyObject, Sendable {
    var kind: String { get }
    var listing: (any RouteListing)? { get }
}

/// A class, so that finding the type again is a comparison of class pointers and no search for conformances.
private final class Mounted<Kind: ConnectionKind>: MountedKind {
    let application: any Application<Kind>

    init(_ application: any Application<Kind>) {
        self.application = application
    }

    var kind: String { Kind.type }
    var listing: (any RouteListing)? { innermost(application) as? any RouteListing }
}
