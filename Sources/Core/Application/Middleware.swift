// SPDX-License-Identifier: Apache-2.0

/// What stands between the server and an application: reads or changes the scope, watches or changes events.
///
/// One middleware serves every kind of connection (sessions for HTTP and WebSocket, say), so `handle` is generic.
/// To change events use ``Receive/map(_:)`` and ``Send/map(_:)``: they cost a function call each, where a wrapper
/// that waits would cost a task.
public protocol Middleware: Sendable {
    /// Serves a connection, usually by calling `next` with a changed scope. Not calling it refuses the connection.
    func handle<Kind: ConnectionKind>(
        scope: Scope, receive: Receive<Kind>, send: Send<Kind>, next: any Application<Kind>
    ) async throws

    /// Does the same without waiting, where that is possible: changes what the application is given, and chooses it,
    /// usually `next`. Default: `nil`, and ``handle(scope:receive:send:next:)`` is called.
    func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)?

    /// Does the same as ``prepare(scope:receive:send:next:)``, and may wait, such as for a session. Default: `nil`.
    func prepareAfterWaiting<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) async throws -> (any Application<Kind>)?
}

extension Middleware {
    /// It has more to do than to prepare.
    public func prepareAfterWaiting<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) async throws -> (any Application<Kind>)? { nil }

    /// It may have to wait.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? { nil }
}

/// A middleware that only prepares, and stands in no connection's way afterwards: it takes no memory while the connection
/// lasts.
public protocol PreparingMiddleware: Middleware {}

/// A middleware that only prepares, and never waits.
public protocol ImmediateMiddleware: PreparingMiddleware {}

extension PreparingMiddleware {
    /// Prepares, then serves with the application that was chosen; with `next` where none was.
    public func handle<Kind: ConnectionKind>(
        scope: Scope, receive: Receive<Kind>, send: Send<Kind>, next: any Application<Kind>
    ) async throws {
        var (scope, receive, send) = (scope, receive, send)
        var chosen = try prepare(scope: &scope, receive: &receive, send: &send, next: next)
        if chosen == nil {
            chosen = try await prepareAfterWaiting(scope: &scope, receive: &receive, send: &send, next: next)
        }
        let application = try await (chosen ?? next).settled(scope: &scope, receive: &receive, send: &send)
        try await application(scope: scope, receive: receive, send: send)
    }
}

extension Application {
    /// This application behind middleware; the first one listed sees a connection first.
    public func wrapped(in middleware: any Middleware...) -> any Application<Kind> {
        wrapped(in: middleware)
    }

    /// This application behind middleware; the first one listed sees a connection first.
    public func wrapped(in middleware: [any Middleware]) -> any Application<Kind> {
        middleware.reversed().reduce(self as any Application<Kind>) { inner, outer in
            WrappedApplication(middleware: outer, next: inner)
        }
    }
}

/// A middleware together with what it wraps.
struct WrappedApplication<Kind: ConnectionKind>: Application {
    let middleware: any Middleware
    let next: any Application<Kind>

    func callAsFunction(scope: Scope, receive: Receive<Kind>, send: Send<Kind>) async throws {
        try await middleware.handle(scope: scope, receive: receive, send: send, next: next)
    }

    func choose(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) throws -> (any Application<Kind>)? {
        try middleware.prepare(scope: &scope, receive: &receive, send: &send, next: next)
    }

    func chooseAfterWaiting(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>
    ) async throws -> (any Application<Kind>)? {
        try await middleware.prepareAfterWaiting(scope: &scope, receive: &receive, send: &send, next: next)
    }
}
