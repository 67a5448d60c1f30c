// SPDX-License-Identifier: Apache-2.0

/// An origin as in an `Origin` field (RFC 6454 §6.2): scheme, host and port, the last with the scheme's default.
struct WebOrigin: Sendable, Hashable {
    let scheme: String
    let host: String
    let port: Int?

    /// Reads an origin; nil for `null`, for several, and for all else that is none.
    init?(_ text: String) {
        guard let (scheme, rest) = Self.split(text), let host = HostAndPort(rest) else { return nil }
        self.scheme = scheme
        self.host = host.host
        port = host.port ?? Self.defaultPort(of: scheme)
    }

    /// Reads the origin of an address, as in a `Referer` field.
    init?(ofAddress address: String) {
        guard let (scheme, rest) = Self.split(address) else { return nil }
        let authority = rest.utf8.prefix { !"/?#".utf8.contains($0) }
        self.init(scheme + "://" + String(Substring(authority)))
    }

    /// Scheme in lower case, and what follows `://`.
    static func split(_ text: String) -> (scheme: String, rest: String)? {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let rest = text[colon...]
        guard colon != text.startIndex, rest.hasPrefix("://") else { return nil }
        return (text[..<colon].lowercased(), String(rest.dropFirst(3)))
    }

    static func defaultPort(of scheme: String) -> Int? {
        switch scheme {
        case "http", "ws": 80
        case "https", "wss": 443
        default: nil
        }
    }

    /// Whether this is the origin of the page that a request with this `Host` field would show.
    ///
    /// Over TLS the page must have come over TLS too; without, either will do, since a proxy may have ended the TLS.
    func isSame(asHost field: String?, isSecure: Bool) -> Bool {
        guard let field, let target = HostAndPort(field), target.host == host else { return false }
        guard scheme == "https" || (scheme == "http" && !isSecure) else { return false }
        return (target.port ?? Self.defaultPort(of: scheme)) == port
    }
}

/// Channels' pattern of an origin: `*`, `.sub.domain`, `host` (any scheme and port) or `scheme://host[:port]`, where the
/// host may begin with a dot too.
struct OriginPattern: Sendable, Hashable {
    private let scheme: String?
    private let host: HostPattern
    private let port: Int?
    let isAny: Bool

    init(_ pattern: String) {
        isAny = pattern == "*"
        guard let (scheme, rest) = WebOrigin.split(pattern) else {
            self.scheme = nil
            // A bare star is `isAny`; a port after a bare host is not compared, as in Channels.
            host = HostPattern(HostAndPort(pattern)?.host ?? pattern)
            port = nil
            return
        }
        let target = HostAndPort(rest)
        self.scheme = scheme
        host = HostPattern(target?.host ?? "")
        port = target?.port ?? WebOrigin.defaultPort(of: scheme)
    }

    func matches(_ origin: WebOrigin) -> Bool {
        if isAny { return true }
        guard host.matches(origin.host) else { return false }
        return scheme == nil || (scheme == origin.scheme && port == origin.port)
    }
}
