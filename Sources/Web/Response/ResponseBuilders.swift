// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
public import HTTPTypes
public import NIOCore

extension Response {
    /// Plain text in UTF-8.
    public static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Self {
        Self(status: status, headers: [.contentType: "text/plain; charset=utf-8"], body: .text(text))
    }

    /// A page in UTF-8. The text is sent as it is: what users typed must be escaped in it, as templates do.
    public static func html(_ html: String, status: HTTPResponse.Status = .ok) -> Self {
        Self(status: status, headers: [.contentType: "text/html; charset=utf-8"], body: .text(html))
    }

    /// A value as JSON (RFC 8259), slashes not escaped.
    ///
    /// - Throws: `EncodingError` when the value cannot be JSON, such as a number that is not finite.
    public static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Self {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return json(ByteBuffer(bytes: try encoder.encode(value)), status: status)
    }

    /// Bytes that are JSON already.
    public static func json(_ bytes: ByteBuffer, status: HTTPResponse.Status = .ok) -> Self {
        Self(status: status, headers: [.contentType: "application/json"], body: .bytes(bytes))
    }

    /// A status without a body, such as `.empty(.noContent)`.
    public static func empty(_ status: HTTPResponse.Status) -> Self {
        Self(status: status)
    }

    /// 404 in plain text; `throw HTTPError(.notFound)` shows the error page instead.
    public static var notFound: Self { .text("Not Found\n", status: .notFound) }

    /// Sends the client elsewhere.
    ///
    /// Text outside ASCII is percent-encoded. A target that a client chose must pass ``SafeRedirect`` before.
    ///
    /// - Parameters:
    ///   - target: A path, or an `http` or `https` address.
    ///   - status: 301, 302, 303, 307 or 308. The default, 303, makes a browser GET the target after a POST.
    /// - Throws: ``HTTPError`` 400 `bad_redirect` for control characters or another scheme (Django's
    ///   `DisallowedRedirect`), 500 for another status.
    public static func redirect(to target: String, status: HTTPResponse.Status = .seeOther) throws(HTTPError) -> Self {
        guard [301, 302, 303, 307, 308].contains(status.code) else {
            throw HTTPError(.internalServerError, "\(status.code) is no redirect")
        }
        guard !target.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }), hasAllowedScheme(target) else {
            throw HTTPError(.badRequest, code: "bad_redirect", "a redirect to an address that is not allowed")
        }
        return Self(status: status, headers: [.location: PercentCoding.encodeAddress(target)])
    }

    /// Whether the address has no scheme (RFC 3986 §4.2), or one of the web's.
    private static func hasAllowedScheme(_ target: String) -> Bool {
        let start = target.utf8.prefix { !":/?#".utf8.contains($0) }
        guard start.endIndex != target.utf8.endIndex, target.utf8[start.endIndex] == UInt8(ascii: ":") else {
            return true
        }
        return ["http", "https"].contains(String(Substring(start)).lowercased())
    }
}
