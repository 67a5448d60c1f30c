// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

/// Finds the user of requests and sockets by a signed session cookie, which holds the user's name alone.
///
/// Without a store on the server a session ends at its age or when the user looked up is gone; sessions that can be
/// ended one by one come with a session store. The cookie is HttpOnly, SameSite=Lax, and Secure where it was set over
/// TLS.
public struct SignedCookieAuthentication: PreparingMiddleware {
    /// Finds a user by name; `nil` when there is none (any more).
    public typealias LookUp = @Sendable (_ name: String, _ state: LifespanState) async throws -> (any User)?

    /// The cookie's name when nothing else is said (Django's `SESSION_COOKIE_NAME`).
    public static let defaultCookieName = "sessionid"
    /// How long a session lasts when nothing else is said: 14 days (Django's `SESSION_COOKIE_AGE`).
    public static let defaultAge = Duration.seconds(1_209_600)

    private let settings: SessionCookie
    private let lookUp: LookUp

    /// Reads the cookie, and finds users by `lookUp`.
    public init(
        cookieName: String = Self.defaultCookieName, age: Duration = Self.defaultAge,
        sameSite: Cookie.SameSite = .lax, lookUp: @escaping LookUp
    ) {
        settings = SessionCookie(name: cookieName, age: age, sameSite: sameSite)
        self.lookUp = lookUp
    }

    /// Puts the user into the scope. Answers that may depend on the user vary by cookie.
    public func prepareAfterWaiting<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) async throws -> (any Application<Kind>)? {
        if let name = try begin(&scope, &send), let user = try await lookUp(name, scope.state) { scope.user = user }
        return next
    }

    /// Who brings no cookie is nobody, and need not be looked up.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        guard Cookies(scope.headers)[settings.name] == nil else { return nil }
        _ = try begin(&scope, &send)
        return next
    }

    /// Puts in what sign-in needs, and reads the name from the cookie.
    private func begin<Kind: ConnectionKind>(_ scope: inout Scope, _ send: inout Send<Kind>) throws -> String? {
        scope[SessionCookieKey.self] = settings
        send = send.mappingResponseStart { _, headers in
            if !headers.isPublic { headers.addVary(.cookie) }
        }
        guard Cookies(scope.headers)[settings.name] != nil else { return nil }
        return try scope.signedCookie(settings.name, maxAge: settings.age)
    }
}

/// What sign-in needs to know of the session's cookie.
struct SessionCookie: Sendable {
    var name: String
    var age: Duration
    var sameSite: Cookie.SameSite
}

/// Put in by the authentication middleware; nil without one.
enum SessionCookieKey: ScopeKey {
    static var defaultValue: SessionCookie? { nil }
}

extension Response {
    /// Signs a user in with this response (Channels' `login`): sets the session cookie and takes a new CSRF secret.
    ///
    /// - Throws: ``HTTPError`` 500 `no_session` without an authentication middleware, `no_user` for a user who is not
    ///   authenticated, `no_secret` without ``SecretKeys``.
    public mutating func signIn(_ user: any User, for request: Request) throws {
        let settings = try sessionCookie(of: request)
        guard user.isAuthenticated, !user.name.isEmpty else {
            throw HTTPError(.internalServerError, code: "no_user", "signIn needs a user, and this one is anonymous")
        }
        let expires = request.scope.connection.clock.now.seconds + settings.age.components.seconds
        try setSignedCookie(
            Cookie(
                settings.name, user.name, maxAge: settings.age, expires: WallTime(seconds: expires),
                isSecure: request.isSecure, isHTTPOnly: true, sameSite: settings.sameSite),
            for: request)
        request.scope[CSRFTokenKey.self]?.rotate()
    }

    /// Signs the user out with this response (Channels' `logout`).
    ///
    /// - Throws: ``HTTPError`` 500 `no_session` without an authentication middleware.
    public mutating func signOut(for request: Request) throws {
        try deleteCookie(try sessionCookie(of: request).name)
    }

    private func sessionCookie(of request: Request) throws(HTTPError) -> SessionCookie {
        guard let settings = request.scope[SessionCookieKey.self] else {
            throw HTTPError(
                .internalServerError, code: "no_session",
                "nobody can sign in without a session: wrap the application in SignedCookieAuthentication")
        }
        return settings
    }
}
