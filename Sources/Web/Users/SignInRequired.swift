// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

/// Lets signed-in users pass alone (Django's `login_required`). Stands behind an authentication middleware.
///
/// Others are sent to the sign-in page with 303 and come back by `?next=`; a client that wants JSON gets 401
/// `sign_in_required`, and a WebSocket handshake 403.
public struct SignInRequired: Middleware {
    private let signInPath: String

    /// Sends others to `signInPath`.
    public init(signInPath: String = "/login/") {
        self.signInPath = signInPath
    }

    /// Checks the user of the scope.
    public func handle<Kind: ConnectionKind>(
        scope: Scope, receive: Receive<Kind>, send: Send<Kind>, next: any Application<Kind>
    ) async throws {
        if scope.user.isAuthenticated { return try await next(scope: scope, receive: receive, send: send) }
        guard let send = send as? Send<HTTP> else {
            let error = HTTPError(.forbidden, code: "sign_in_required", "nobody is signed in")
            return try await refuse(error, scope: scope, receive: receive, send: send)
        }
        if scope.prefersJSON { throw HTTPError(.unauthorized, code: "sign_in_required", "nobody is signed in") }
        // Only what was shown by GET can be come back to.
        let canReturn = scope.method == .get || scope.method == .head
        let query = canReturn ? "?next=" + PercentCoding.encodeQueryValue(scope.fullPath) : ""
        try await Response.redirect(to: scope.rootPath + signInPath + query).send(to: send, answering: scope.method)
    }
}
