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
