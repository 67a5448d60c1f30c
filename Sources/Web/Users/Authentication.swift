// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore
import SluiceCrypto

/// Finds the user of requests and sockets by their session (Django's `AuthenticationMiddleware`, Channels'
/// `AuthMiddleware`). Stands behind ``Sessions``.
///
/// A user who is gone, or whose ``User/sessionProof`` is another one now, is nobody, and that session is ended.
public struct Authentication: PreparingMiddleware {
    /// Finds a user by name; `nil` when there is none (any more).
    public typealias LookUp = @Sendable (_ name: String, _ state: LifespanState) async throws -> (any User)?

    private let lookUp: LookUp

    /// Finds users by `lookUp`.
    public init(lookUp: @escaping LookUp) {
        self.lookUp = lookUp
    }

    /// Puts the user into the scope. Answers that may depend on the user vary by cookie.
    public func prepareAfterWaiting<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) async throws -> (any Application<Kind>)? {
        varyByCookie(&send)
        try await findUser(&scope)
        return next
    }

    private func findUser(_ scope: inout Scope) async throws {
        let (session, state) = (try scope.session, scope.state)
        if let user = try await scope.aside({ try await user(of: session, state) }) { scope.user = user }
    }

    private func user(of session: Session, _ state: LifespanState) async throws -> (any User)? {
        guard let signedIn = try await session[.signedInUser] else { return nil }
        if let user = try await lookUp(signedIn.name, state), user.isAuthenticated,
            ConstantTime.equal(user.sessionProof, signedIn.proof)
        {
            return user
        }
        try await session.flush()
        return nil
    }

    /// Who brings no session is nobody, and need not be looked up.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        guard try !scope.session.hasToken else { return nil }
        varyByCookie(&send)
        return next
    }

    private func varyByCookie<Kind: ConnectionKind>(_ send: inout Send<Kind>) {
        send = send.mappingResponseStart { _, headers in
            if !headers.isPublic { headers.addVary(.cookie) }
        }
    }
}

/// Who has signed in, as a session keeps it.
struct SignedInUser: Codable, Sendable, Hashable {
    var name: String
    var proof: String
}

extension SessionKey where Value == SignedInUser {
    static var signedInUser: Self { Self("_user") }
}

extension Scope {
    /// Signs a user in (Channels' `login`): the session gets a new token and the browser a new CSRF secret. What an
    /// anonymous visitor had in the session is kept, what another user had is not.
    ///
    /// ``user`` of this scope stays as it was. After a handshake has been accepted nothing reaches the browser's cookie.
    ///
    /// - Throws: ``HTTPError`` 500 `no_session` without ``Sessions``, `no_user` for a user who is not authenticated; what
    ///   the session's store throws.
    public func signIn(_ user: any User) async throws {
        guard user.isAuthenticated, !user.name.isEmpty else {
            throw HTTPError(.internalServerError, code: "no_user", "signIn needs a user, and this one is anonymous")
        }
        let session = try session
        let signedIn = SignedInUser(name: user.name, proof: user.sessionProof)
        if let before = try await session[.signedInUser], before != signedIn {
            try await session.flush()
        } else {
            try await session.cycleToken()
        }
        try await session.set(.signedInUser, to: signedIn)
        self[CSRFTokenKey.self]?.rotate()
    }

    /// Signs the user out (Channels' `logout`): the session and all that is in it ends, in its store too.
    ///
    /// - Throws: ``HTTPError`` 500 `no_session` without ``Sessions``; what the session's store throws.
    public func signOut() async throws {
        try await session.flush()
    }
}

extension Request {
    /// Signs a user in, see ``SluiceCore/Scope/signIn(_:)``; the response carries the cookie.
    public func signIn(_ user: any User) async throws { try await scope.signIn(user) }

    /// Signs the user out, see ``SluiceCore/Scope/signOut()``; the response takes the cookie away.
    public func signOut() async throws { try await scope.signOut() }
}
