// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

/// Refuses WebSocket handshakes that another site's page has caused, with 403 before anything is accepted (Channels'
/// `OriginValidator`).
///
/// Browsers send cookies with handshakes from any page and no script can change the `Origin` field, so this is what
/// CSRF tokens are for requests. Other kinds of connection pass untouched.
public struct OriginValidator: ImmediateMiddleware {
    private let patterns: [OriginPattern]?
    private let allowsMissing: Bool

    /// Lets in the pages of the same host as the handshake's `Host` field, and of the same scheme over TLS (Channels'
    /// `AllowedHostsOriginValidator`, together with ``AllowedHosts``).
    ///
    /// - Parameter allowsMissing: lets in clients without `Origin` too. Browsers always send the field, so these are
    ///   programs, which no other site's page can have sent. Default: they are refused, as by Channels.
    public init(allowsMissing: Bool = false) {
        patterns = nil
        self.allowsMissing = allowsMissing
    }

    /// Lets in the origins that a pattern fits: `host` (any scheme and port), `.sub.domain` (that and all below),
    /// `scheme://host[:port]` (default ports 80 and 443), or `*`, which alone also lets in clients without `Origin`.
    public init(allowed patterns: [String]) {
        self.patterns = patterns.map(OriginPattern.init)
        allowsMissing = false
    }

    /// Checks a WebSocket's origin.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        guard Kind.self != WebSocket.self || isAllowed(scope) else {
            let error = HTTPError(
                .forbidden, code: "origin_refused", "the origin '\(scope.headers[.origin] ?? "")' is not allowed")
            return try refusal(error)
        }
        return next
    }

    private func isAllowed(_ scope: Scope) -> Bool {
        if let patterns, patterns.contains(where: \.isAny) { return true }
        guard let field = scope.headers[.origin] else { return allowsMissing }
        guard let origin = WebOrigin(field) else { return false }
        guard let patterns else {
            return origin.isSame(asHost: scope.headers[.hostField], isSecure: scope.isSecure)
        }
        return patterns.contains { $0.matches(origin) }
    }
}
