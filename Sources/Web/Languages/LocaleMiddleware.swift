// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

/// Chooses the language of a connection: `?lang=`, which is remembered in the cookie `lang`, then that cookie, then
/// `Accept-Language` by its weights, then the default of ``Locales`` (Django's `LocaleMiddleware`).
public struct LocaleMiddleware: ImmediateMiddleware {
    /// The name of the query field and of the cookie.
    public static let name = "lang"
    /// How long the choice is remembered: a year.
    public static let cookieAge = Duration.seconds(31_536_000)

    /// Chooses among the languages of `state[Locales.self]`.
    public init() {}

    /// Puts the language into the scope, and `Content-Language` on the response.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        let locales = scope.state[Locales.self]
        let asked = Self.asked(in: scope.queryString).flatMap { locales.code(forTag: $0) }
        let locale = locales.locale(
            asked ?? Cookies(scope.headers)[Self.name].flatMap { locales.code(forTag: $0) }
                ?? locales.code(accepted: scope.headers[.acceptLanguage]) ?? locales.defaultCode)
        scope[LocaleKey.self] = locale
        let isSecure = scope.isSecure
        send = send.mappingResponseStart { _, headers in
            if let asked {
                try headers.setCookie(
                    Cookie(Self.name, asked, maxAge: Self.cookieAge, isSecure: isSecure, isHTTPOnly: true))
            }
            // What is the same for everyone is in no language of ours.
            guard !headers.isPublic else { return }
            if headers[.contentLanguage] == nil { headers[.contentLanguage] = locale.tag }
            headers.addVary(.acceptLanguage)
            headers.addVary(.cookie)
        }
        return next
    }

    /// The field of the query; a query that a view would refuse names no language.
    private static func asked(in query: String) -> String? {
        guard query.contains(name + "=") else { return nil }
        return (try? FormFields(parsing: query))?[name]
    }
}
