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
            throw RoutingError(.noApplication, "no application is mounted for connections of type '\(kind.type)'")
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
        order.flatMap { mounted[$0]?.listing?.routes(under: "") ?? [] }
    }

    /// Looks through the routers for patterns that cannot be read.
    ///
    /// - Throws: the first ``RoutingError``.
    public func validate() throws(RoutingError) {
        for id in order {
            if let problem = mounted[id]?.listing?.problems.first { throw problem }
        }
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
