// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

/// Lets signed-in users pass alone (Django's `login_required`). Stands behind an authentication middleware.
///
/// Others are sent to the sign-in page with 303 and come back by `?next=`; a client that wants JSON gets 401
/// `sign_in_required`, and a WebSocket handshake 403.
public struct SignInRequired: ImmediateMiddleware {
    private let signInPath: String

    /// Sends others to `signInPath`.
    public init(signInPath: String = "/login/") {
        self.signInPath = signInPath
    }

    /// Checks the user of the scope.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        if scope.user.isAuthenticated { return next }
        guard Kind.self == HTTP.self else {
            let error = HTTPError(.forbidden, code: "sign_in_required", "nobody is signed in")
            return try refusal(error)
        }
        if scope.prefersJSON { throw HTTPError(.unauthorized, code: "sign_in_required", "nobody is signed in") }
        // Only what was shown by GET can be come back to.
        let canReturn = scope.method == .get || scope.method == .head
        let query = canReturn ? "?next=" + PercentCoding.encodeQueryValue(scope.fullPath) : ""
        let response = try Response.redirect(to: scope.rootPath + signInPath + query)
        return ViewApplication(FunctionView { _ in response }) as any Application as? any Application<Kind>
    }
}
