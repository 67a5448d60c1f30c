// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
public import SluiceCore
import SluiceCrypto

extension Request {
    /// The value of a signed cookie (Django's `get_signed_cookie`); `nil` when there is none, when it was changed, or
    /// when it is older than allowed: to a view a forged cookie is no cookie.
    ///
    /// - Parameters:
    ///   - name: A fixed name of the program.
    ///   - maxAge: The most time since it was set, checked here and not only by the browser; `nil` for any age.
    /// - Throws: ``HTTPError`` 500 `no_secret` without ``SecretKeys``.
    public func signedCookie(_ name: String, maxAge: Duration?) throws -> String? {
        try scope.signedCookie(name, maxAge: maxAge)
    }
}

extension Scope {
    /// The value of a signed cookie, see ``Request/signedCookie(_:maxAge:)``: for middleware and consumers.
    public func signedCookie(_ name: String, maxAge: Duration?) throws -> String? {
        guard let sent = Cookies(headers)[name] else { return nil }
        let signer = try signer(for: Self.cookiePurpose(name))
        do {
            let text = try signer.verify(sent, maxAge: maxAge, now: connection.clock.now.seconds)
            return Base64URL.decode(text).flatMap { String(validating: $0, as: UTF8.self) }
        } catch {
            logger.debug("the signed cookie '\(name)' was not accepted: \(error)")
            return nil
        }
    }

    /// The value of a signed cookie as it is sent: base64url, so that any text fits, a timestamp and the signature.
    func signCookie(_ name: String, _ value: String) throws -> String {
        let signer = try signer(for: Self.cookiePurpose(name))
        return signer.sign(Base64URL.encode(Array(value.utf8)), now: connection.clock.now.seconds)
    }

    /// The name is part of the purpose, so that the value of one cookie means nothing in another.
    private static func cookiePurpose(_ name: String) -> String { "sluice.cookie." + name }
}

extension Response {
    /// Sets a cookie whose value is signed with the time of now (Django's `set_signed_cookie`); the value can be read by
    /// the client, but not changed.
    ///
    /// - Parameters:
    ///   - cookie: With the plain value, any text.
    ///   - request: The request that is answered; it has the secrets and the clock.
    /// - Throws: ``HTTPError`` 500 `no_secret` without ``SecretKeys``, `bad_cookie` as ``setCookie(_:)``.
    public mutating func setSignedCookie(_ cookie: Cookie, for request: Request) throws {
        var signed = cookie
        signed.value = try request.scope.signCookie(cookie.name, cookie.value)
        try setCookie(signed)
    }
}
