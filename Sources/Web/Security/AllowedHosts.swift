// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

/// Refuses requests for a host that is not ours with 400 (Django's `ALLOWED_HOSTS`), so that nobody's links and redirects
/// are made with a host that an attacker chose, and DNS rebinding reaches nothing.
public struct AllowedHosts: ImmediateMiddleware {
    /// What is allowed in development: this machine's own names.
    public static let development = [".localhost", "127.0.0.1", "[::1]"]

    private let patterns: [HostPattern]

    /// Allows the hosts that a pattern fits: `example.com`, `.example.com` (that and all below) or `*`. Ports do not
    /// matter.
    public init(_ patterns: [String] = Self.development) {
        self.patterns = patterns.map(HostPattern.init)
    }

    /// Checks the `Host` field of requests and handshakes; kinds without one pass.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        guard Kind.self != HTTP.self && Kind.self != WebSocket.self || isAllowed(scope.headers[.hostField]) else {
            let error = HTTPError(
                .badRequest, code: "bad_host", "the host '\(scope.headers[.hostField] ?? "")' is not allowed")
            return try refusal(error)
        }
        return next
    }

    private func isAllowed(_ field: String?) -> Bool {
        guard let field, let host = HostAndPort(field) else { return false }
        return patterns.contains { $0.matches(host.host) }
    }
}
