// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

/// A cookie to be set, with every attribute of RFC 6265bis; the defaults are Django's.
public struct Cookie: Sendable, Hashable {
    /// When a browser sends the cookie with requests that another site causes.
    public struct SameSite: Sendable, Hashable {
        let text: String

        /// Only with requests that this site causes.
        public static let strict = Self(text: "Strict")
        /// Also when a link leads here; not with another site's POST or frames.
        public static let lax = Self(text: "Lax")
        /// With every request; browsers accept it with ``Cookie/isSecure`` alone.
        public static let none = Self(text: "None")

        /// The value of a setting, in any case.
        ///
        /// - Throws: ``HTTPError`` 500 for a value other than `strict`, `lax` and `none`.
        public init(_ text: String) throws(HTTPError) {
            switch text.lowercased() {
            case "strict": self = .strict
            case "lax": self = .lax
            case "none": self = .none
            default: throw Cookie.refused("SameSite is 'strict', 'lax' or 'none', not '\(text)'")
            }
        }

        private init(text: String) {
            self.text = text
        }
    }

    /// The most bytes of name, value and attributes together: what every browser keeps.
    public static let byteLimit = 4_096

    /// The name: an RFC 9110 token.
    public var name: String
    /// The value: ASCII without white space, quotes, commas, semicolons and backslashes. Encode anything else.
    public var value: String
    /// The paths that get the cookie; default `/`.
    public var path: String
    /// The domain with its subdomains; `nil`, the default, for this host alone.
    public var domain: String?
    /// How long the browser keeps it; `nil` with no ``expires`` means until it is closed. Zero or less deletes it.
    public var maxAge: Duration?
    /// The moment after which the browser forgets it; for old browsers, `maxAge` goes before it.
    public var expires: WallTime?
    /// Whether it is sent over TLS alone.
    public var isSecure: Bool
    /// Whether scripts cannot read it.
    public var isHTTPOnly: Bool
    /// When it is sent with another site's requests; default ``SameSite/lax``.
    public var sameSite: SameSite?

    /// A cookie; checked when it is set on a response.
    public init(
        _ name: String, _ value: String, path: String = "/", domain: String? = nil, maxAge: Duration? = nil,
        expires: WallTime? = nil, isSecure: Bool = false, isHTTPOnly: Bool = false, sameSite: SameSite? = .lax
    ) {
        self.name = name
        self.value = value
        self.path = path
        self.domain = domain
        self.maxAge = maxAge
        self.expires = expires
        self.isSecure = isSecure
        self.isHTTPOnly = isHTTPOnly
        self.sameSite = sameSite
    }

    /// The value of a `Set-Cookie` field.
    ///
    /// - Throws: ``HTTPError`` 500 `bad_cookie` for a name, value, path or domain with illegal bytes, more than 4,096
    ///   bytes, `SameSite=None` without `Secure`, or a `__Host-` or `__Secure-` name without what it promises.
    public func headerValue() throws(HTTPError) -> String {
        try validate()
        var text = "\(name)=\(value)"
        if let domain { text += "; Domain=\(domain)" }
        if let expires { text += "; Expires=\(expires.httpDate)" }
        if let maxAge { text += "; Max-Age=\(max(0, maxAge.components.seconds))" }
        text += "; Path=\(path)"
        if isSecure { text += "; Secure" }
        if isHTTPOnly { text += "; HttpOnly" }
        if let sameSite { text += "; SameSite=\(sameSite.text)" }
        guard text.utf8.count <= Self.byteLimit else {
            throw Self.refused("the cookie '\(name)' is over \(Self.byteLimit) bytes")
        }
        return text
    }

    private func validate() throws(HTTPError) {
        guard HTTPField.Name(name) != nil, !name.isEmpty else {
            throw Self.refused("a cookie's name is a token")
        }
        guard value.utf8.allSatisfy(Self.isValueByte) else {
            throw Self.refused("the value of the cookie '\(name)' has illegal bytes")
        }
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.allSatisfy(Self.isAttributeByte),
            domain.map({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isDomainByte) }) ?? true
        else { throw Self.refused("the path or domain of the cookie '\(name)' is not valid") }
        guard sameSite != SameSite.none || isSecure else {
            throw Self.refused("the cookie '\(name)' is SameSite=None without Secure: browsers refuse it")
        }
        let hostOnly = isSecure && domain == nil && path == "/"
        guard !name.hasPrefix("__Host-") || hostOnly, !name.hasPrefix("__Secure-") || isSecure else {
            throw Self.refused("the cookie '\(name)' does not keep what its name promises")
        }
    }

    /// RFC 6265 §4.1.1, `cookie-octet`.
    private static func isValueByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x2b, 0x2d...0x3a, 0x3c...0x5b, 0x5d...0x7e: true
        default: false
        }
    }

    private static func isAttributeByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: ";")
    }

    private static func isDomainByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    static func refused(_ description: String) -> HTTPError {
        HTTPError(.internalServerError, code: "bad_cookie", description)
    }
}

extension Response {
    /// Sets a cookie, instead of an earlier one of the same name, path and domain in this response.
    ///
    /// - Throws: ``HTTPError`` 500 `bad_cookie`, see ``Cookie/headerValue()``.
    public mutating func setCookie(_ cookie: Cookie) throws(HTTPError) {
        try headers.setCookie(cookie)
    }

    /// Makes the browser forget a cookie; path and domain must be those that it was set with.
    ///
    /// - Throws: ``HTTPError`` 500 `bad_cookie` for illegal bytes.
    public mutating func deleteCookie(_ name: String, path: String = "/", domain: String? = nil) throws(HTTPError) {
        let isPrefixed = name.hasPrefix("__Host-") || name.hasPrefix("__Secure-")
        try setCookie(
            Cookie(
                name, "", path: path, domain: domain, maxAge: .zero, expires: WallTime(seconds: 0),
                isSecure: isPrefixed))
    }
}

extension HTTPFields {
    /// Adds a `Set-Cookie` field, see ``Response/setCookie(_:)``.
    mutating func setCookie(_ cookie: Cookie) throws(HTTPError) {
        let value = try cookie.headerValue()
        func attributes(_ text: String) -> [Substring] {
            text.split(separator: ";").map { $0.drop { $0 == " " } }.filter {
                $0.hasPrefix("Path=") || $0.hasPrefix("Domain=")
            }
        }
        let scope = attributes(value)
        let kept = self[fields: .setCookie].filter { field in
            !field.value.hasPrefix(cookie.name + "=") || attributes(field.value) != scope
        }
        self[fields: .setCookie] = kept + [HTTPField(name: .setCookie, value: value)]
    }
}
