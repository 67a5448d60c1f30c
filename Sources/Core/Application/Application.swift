// SPDX-License-Identifier: Apache-2.0

/// What serves connections of one kind: ASGI's application, `(scope, receive, send)`.
///
/// Routers, middleware, views and consumers are all applications; `callAsFunction` runs once for each connection
/// (each request, for HTTP) in that connection's own task, and the connection ends when it returns.
public protocol Application<Kind>: Sendable {
    /// The kind of connection that it serves.
    associatedtype Kind: ConnectionKind

    /// Serves one connection from its first event to its last.
    ///
    /// - Throws: anything. A server answers with the status or close code of the error's ``ApplicationError``
    ///   (500 and 1011 for other errors) and logs it once.
    func callAsFunction(scope: Scope, receive: Receive<Kind>, send: Send<Kind>) async throws

    /// Chooses, without waiting, another application that serves the connection in this one's place, and changes what it
    /// is given: what routers do, and middleware that has nothing to wait for. Default: `nil`, it serves by itself.
    ///
    /// A chain of choices costs no frame of an asynchronous call each, for as long as the connection lives.
    ///
    /// - Throws: what ``callAsFunction(scope:receive:send:)`` would.
    func choose(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) throws -> (any Application<Kind>)?

    /// Chooses like ``choose(scope:receive:send:)``, and may wait for what it needs to know, such as who the user is.
    /// Default: `nil`. Asked when that one has said `nil`, by whoever can wait: a server, not a router.
    ///
    /// - Throws: what ``callAsFunction(scope:receive:send:)`` would.
    func chooseAfterWaiting(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) async throws -> (any Application<Kind>)?
}

extension Application {
    /// Nobody else.
    public func chooseAfterWaiting(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) async throws -> (any Application<Kind>)? { nil }

    /// Nobody else.
    public func choose(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) throws -> (any Application<Kind>)? { nil }

    /// Who serves the connection in the end, after all choices that can be made without waiting.
    ///
    /// - Throws: what a choice throws, such as ``RoutingError/Code/noRoute``.
    public func resolved(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) throws -> any Application<Kind> {
        var application: any Application<Kind> = self
        while let chosen = try application.choose(scope: &scope, receive: &receive, send: &send) {
            application = chosen
        }
        return application
    }

    /// Who serves the connection in the end, after all choices: what a host calls first.
    ///
    /// - Throws: what a choice throws, such as ``RoutingError/Code/noRoute``.
    public func settled(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) async throws -> any Application<Kind> {
        var application = try resolved(scope: &scope, receive: &receive, send: &send)
        while let chosen = try await application.chooseAfterWaiting(scope: &scope, receive: &receive, send: &send) {
            application = try chosen.resolved(scope: &scope, receive: &receive, send: &send)
        }
        return application
    }
}

/// An application written as a closure.
public struct ClosureApplication<Kind: ConnectionKind>: Application {
    private let body: @Sendable (Scope, Receive<Kind>, Send<Kind>) async throws -> Void

    /// Wraps a closure.
    public init(_ body: @escaping @Sendable (Scope, Receive<Kind>, Send<Kind>) async throws -> Void) {
        self.body = body
    }

    /// Runs the closure.
    public func callAsFunction(scope: Scope, receive: Receive<Kind>, send: Send<Kind>) async throws {
        try await body(scope, receive, send)
    }
}
