// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// Where sessions are kept (Django's session engines).
///
/// A session is found by its token, which the browser has in a cookie. A store that keeps sessions on the server makes
/// tokens with ``SessionToken`` and keeps only their hashes: who reads the store cannot be anybody.
public protocol SessionStore: Sendable {
    /// The session of a token, whatever a client sent as one; `nil` when there is none, or its time is over.
    func load(_ token: String, at now: WallTime) async throws -> SessionData?

    /// Keeps a session until a moment.
    ///
    /// - Parameter token: of a session that was loaded or saved before; `nil` for a new one.
    /// - Returns: the token from now on; `nil` when the session has been deleted meanwhile, and nothing was kept.
    func save(_ session: SessionData, as token: String?, at now: WallTime, until end: WallTime) async throws -> String?

    /// Ends a session; one that does not exist is ended already.
    func delete(_ token: String) async throws

    /// Forgets sessions whose time is over (Django's `clearsessions`).
    func deleteExpired(at now: WallTime) async throws
}
