// SPDX-License-Identifier: Apache-2.0

public import SluiceCore
import SluiceCrypto

/// Sessions that are their own cookie: signed, so that nobody can change them, and readable by their user. Nothing is
/// kept on the server (Django's `signed_cookies`), so no session can be ended from here before its time, and all of it
/// must fit into a cookie of 4 KiB.
public struct CookieSessions: SessionStore {
    private let signer: Signer

    /// Signs with the application's secret.
    ///
    /// - Throws: ``HTTPError`` 500 `no_secret` without a secret.
    public init(_ secrets: SecretKeys) throws {
        signer = try secrets.signer(for: "sluice.session")
    }

    /// The session of a cookie that was signed here, and whose end has not come.
    public func load(_ token: String, at now: WallTime) async -> SessionData? {
        guard let text = try? signer.verify(token), let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")),
            let end = Int64(text[..<dot]), end > now.seconds,
            let bytes = Base64URL.decode(String(text[text.utf8.index(after: dot)...]))
        else { return nil }
        return SessionData(encoded: bytes)
    }

    /// Signs the session; the cookie of before stays good until its end.
    ///
    /// - Throws: ``HTTPError`` 500 `session_too_large`.
    public func save(
        _ session: SessionData, as token: String?, at now: WallTime, until end: WallTime
    ) async throws -> String? {
        signer.sign("\(end.seconds)." + Base64URL.encode(try session.encoded()))
    }

    /// Does nothing: the response takes the cookie away.
    public func delete(_ token: String) async {}

    /// Does nothing: nothing is kept.
    public func deleteExpired(at now: WallTime) async {}
}
