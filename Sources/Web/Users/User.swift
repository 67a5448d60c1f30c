// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// Who is behind a connection.
public protocol User: Sendable {
    /// The name, unique among users; empty for nobody.
    var name: String { get }
    /// Whether the user has signed in.
    var isAuthenticated: Bool { get }
    /// Something that changes with the password: sessions that began with another one are over (Django's
    /// `get_session_auth_hash`). Never the password or its hash itself. Default: empty, and sessions go on.
    var sessionProof: String { get }
}

extension User {
    /// Empty.
    public var sessionProof: String { "" }
}

/// Nobody in particular: who has not signed in (Django's `AnonymousUser`).
public struct AnonymousUser: User, Hashable {
    /// Empty.
    public var name: String { "" }
    /// False.
    public var isAuthenticated: Bool { false }

    /// Nobody.
    public init() {}
}

/// The user of a connection, set by an authentication middleware.
public enum UserKey: ScopeKey {
    /// Nobody, until a middleware knows better.
    public static var defaultValue: any User { AnonymousUser() }
}

extension Scope {
    /// The user of the connection; ``AnonymousUser`` without authentication (Channels' `scope["user"]`).
    public var user: any User {
        get { self[UserKey.self] }
        set { self[UserKey.self] = newValue }
    }
}

extension Request {
    /// The user who sent the request.
    public var user: any User { scope.user }
}
