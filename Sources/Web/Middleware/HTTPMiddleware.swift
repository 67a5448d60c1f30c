// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// A middleware for HTTP alone: other kinds of connection pass it untouched.
public protocol HTTPMiddleware: Middleware {
    /// Serves a request, usually by calling `next` with a changed scope.
    func handle(
        scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>, next: any Application<HTTP>
    ) async throws
}

extension HTTPMiddleware {
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
