// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// A middleware for HTTP alone: other kinds of connection pass it untouched.
public protocol HTTPMiddleware: Middleware {
    /// Serves a request, usually by calling `next` with a changed scope.
    func handle(
        scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>, next: any Application<HTTP>
    ) async throws

    /// Does the same without waiting, where that is possible. Default: `nil`, and
    /// ``handle(scope:receive:send:next:)`` is called.
    func prepare(
        scope: inout Scope, receive: inout Receive<HTTP>, send: inout Send<HTTP>, next: any Application<HTTP>
    ) throws -> (any Application<HTTP>)?
}

extension HTTPMiddleware {
    /// It may have to wait.
    public func prepare(
        scope: inout Scope, receive: inout Receive<HTTP>, send: inout Send<HTTP>, next: any Application<HTTP>
    ) throws -> (any Application<HTTP>)? { nil }

    /// Calls the function for HTTP; lets other kinds pass.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        guard var httpReceive = receive as? Receive<HTTP>, var httpSend = send as? Send<HTTP>,
            let httpNext = next as? any Application<HTTP>
        else { return next }
        let chosen =
            try prepare(scope: &scope, receive: &httpReceive, send: &httpSend, next: httpNext)
            ?? WrappedForHTTP(middleware: self, next: httpNext)
        if let changed = httpReceive as? Receive<Kind>, let changedSend = httpSend as? Send<Kind> {
            receive = changed
            send = changedSend
        }
        return chosen as? any Application<Kind>
    }

    /// Calls the function for HTTP, or `next` directly for another kind.
    public func handle<Kind: ConnectionKind>(
        scope: Scope, receive: Receive<Kind>, send: Send<Kind>, next: any Application<Kind>
    ) async throws {
        // The casts are from a type to itself, which costs a comparison of pointers.
        if let receive = receive as? Receive<HTTP>, let send = send as? Send<HTTP>,
            let next = next as? any Application<HTTP>
        {
            try await handle(scope: scope, receive: receive, send: send, next: next)
        } else {
            try await next(scope: scope, receive: receive, send: send)
        }
    }
}

/// A middleware together with what it wraps, for HTTP: calls it without asking for the kind again.
private struct WrappedForHTTP<Middle: HTTPMiddleware>: ApplicationWrapper {
    let middleware: Middle
    let next: any Application<HTTP>

    func callAsFunction(scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>) async throws {
        try await middleware.handle(scope: scope, receive: receive, send: send, next: next)
    }
}
