// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// `/login/`: a form, and what becomes of it.
struct SignIn: MethodView {
    var handlers: [MethodHandler] { [.get(form), .post(signIn)] }

    func form(_ request: Request) async throws -> Response {
        var values: [String: any Sendable] = [:]
        values["next"] = sameSite(try request.query["next"])
        return try request.page("login.html", values)
    }

    func signIn(_ request: Request) async throws -> Response {
        let form = try await request.form(upTo: 16_384)
        let (name, password) = (form["username"] ?? "", form["password"] ?? "")
        guard let user = try await request.authenticate(name, password: password) else {
            var values: [String: any Sendable] = ["error": request.text("loginFailed"), "username": name]
            values["next"] = sameSite(form["next"])
            return try request.page("login.html", values, status: .unprocessableContent)
        }
        await request.scope.endSession(successor: user)
        try await request.signIn(user)
        return try .redirect(to: SafeRedirect.path(form["next"]))
    }

    /// Where to go afterwards. Another site's address would make our form its bait.
    private func sameSite(_ next: String?) -> String? {
        next.flatMap { SafeRedirect.isSameSite($0) ? $0 : nil }
    }
}

/// `/logout/`: by POST alone, so that no link can sign anybody out.
struct SignOut: MethodView {
    var handlers: [MethodHandler] { [.post(signOut)] }

    func signOut(_ request: Request) async throws -> Response {
        await request.scope.endSession()
        try await request.signOut()
        return try .redirect(to: "/")
    }
}
