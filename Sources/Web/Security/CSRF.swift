// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
public import SluiceCore

/// Refuses unsafe requests that another site's page has caused, with 403 (Django's `CsrfViewMiddleware`).
///
/// A page carries ``Request/csrfToken`` in its forms (hidden field `csrf_token`) and in `<meta name="csrf-token">` for
/// scripts (field `X-CSRF-Token`); it must fit the cookie `csrftoken`, which is set with the first page that uses a
/// token. The `Origin` field, where there is one, must be this site's; over TLS a `Referer` must be where no `Origin` is.
/// GET, HEAD, OPTIONS and TRACE pass. Stands behind ``ErrorPages``.
public struct CSRF: HTTPMiddleware {
    /// The cookie's name.
    public static let cookieName = "csrftoken"
    /// The form field's name.
    public static let fieldName = "csrf_token"
    /// How long the cookie lives: a year, as in Django.
    public static let cookieAge = Duration.seconds(31_449_600)

    private let trusted: [OriginPattern]
    private let bodyLimit: Int
    private let isExempt: (@Sendable (Scope) -> Bool)?

    /// The check.
    ///
    /// - Parameters:
    ///   - trustedOrigins: Other origins whose pages may send, in the forms of ``OriginValidator``.
    ///   - bodyLimit: The most bytes of a form without files that are read to find the field in it; over it 413. Of a
    ///     form with files no more is read than up to the field, within ``FormLimits``: put the field in front of them.
    ///   - isExempt: Requests that need no token, since they are not authenticated by a cookie.
    public init(
        trustedOrigins: [String] = [], bodyLimit: Int = Request.defaultBodyLimit,
        isExempt: (@Sendable (Scope) -> Bool)? = nil
    ) {
        trusted = trustedOrigins.map(OriginPattern.init)
        self.bodyLimit = bodyLimit
        self.isExempt = isExempt
    }

    /// Checks the request and sets the cookie on the response when a page needs it.
    ///
    /// - Throws: ``HTTPError`` 403 `csrf_failed`; 413 for a form over the limit.
    public func handle(
        scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>, next: any Application<HTTP>
    ) async throws {
        let token = CSRFToken(cookie: Cookies(scope.headers)[Self.cookieName])
        var (scope, receive, send) = (scope, receive, send)
        if mustCheck(scope) {
            try checkOrigin(of: scope)
            receive = try await checkToken(token, scope: &scope, receive: receive)
        }
        offer(token, &scope, &send)
        let application = try await next.settled(scope: &scope, receive: &receive, send: &send)
        try await application(scope: scope, receive: receive, send: send)
    }

    /// A request that need not be checked gets its token without waiting.
    public func prepare(
        scope: inout Scope, receive: inout Receive<HTTP>, send: inout Send<HTTP>, next: any Application<HTTP>
    ) throws -> (any Application<HTTP>)? {
        if mustCheck(scope) { return nil }
        offer(CSRFToken(cookie: Cookies(scope.headers)[Self.cookieName]), &scope, &send)
        return next
    }

    private func mustCheck(_ scope: Scope) -> Bool {
        !Self.safeMethods.contains(scope.method) && isExempt?(scope) != true
    }

    /// Gives the view the token, and the response its cookie when the view has used it.
    private func offer(_ token: CSRFToken, _ scope: inout Scope, _ send: inout Send<HTTP>) {
        scope[CSRFTokenKey.self] = token
        let isSecure = scope.isSecure
        send = send.mappingResponseStart { _, headers in
            let (isUsed, newCookie) = token.outcome
            if isUsed { headers.addVary(.cookie) }
            guard let newCookie else { return }
            try headers.setCookie(
                Cookie(Self.cookieName, newCookie, maxAge: Self.cookieAge, isSecure: isSecure, isHTTPOnly: true))
        }
    }

    private static let safeMethods: Set<HTTPRequest.Method> = [.get, .head, .options, .trace]

    private func checkOrigin(of scope: Scope) throws(HTTPError) {
        let source: WebOrigin?
        if let field = scope.headers[.origin] {
            source = WebOrigin(field)
        } else if scope.isSecure {
            // A network attacker can set cookies by plain HTTP, so over TLS the token alone proves nothing.
            source = scope.headers[.referer].flatMap { WebOrigin(ofAddress: $0) }
        } else {
            return
        }
        guard let source,
            source.isSame(asHost: scope.headers[.hostField], isSecure: scope.isSecure)
                || trusted.contains(where: { $0.matches(source) })
        else { throw Self.failed("the request comes from another site, or does not say from which") }
    }

    /// Looks for the token in the header and then in the form; what was read of the body is given to the view again.
    private func checkToken(
        _ token: CSRFToken, scope: inout Scope, receive: Receive<HTTP>
    ) async throws -> Receive<HTTP> {
        if let sent = scope.headers[.xCSRFToken] {
            guard token.isValid(sent) else { throw Self.failed("the token in the header is wrong") }
            return receive
        }
        let request = Request(scope: scope, receive: receive)
        var receive = receive
        let form: Form
        switch scope.mediaType {
        case "application/x-www-form-urlencoded":
            let body = try await request.body(upTo: bodyLimit)
            form = try await request.form(upTo: bodyLimit)
            receive = Receive(ReplayedBody(body: body, base: receive.source))
        case "multipart/form-data":
            // Whoever cannot have a token does not get his files on our disk.
            guard token.isFromCookie else { throw Self.failed("there is no token in a cookie") }
            form = try await request.form(upTo: nil, until: Self.fieldName)
        default:
            throw Self.failed("there is no token in the header, and no form")
        }
        guard let sent = form[Self.fieldName], token.isValid(sent) else {
            throw Self.failed("the token in the form is missing or wrong")
        }
        scope[SharedStorageKey.self] = request.storage
        return receive
    }

    private static func failed(_ description: String) -> HTTPError {
        HTTPError(.forbidden, code: "csrf_failed", description)
    }
}

/// The request's CSRF token, as ``CSRF`` has put it in.
enum CSRFTokenKey: ScopeKey {
    static var defaultValue: CSRFToken? { nil }
}

extension Request {
    /// A token for this page's forms and scripts, another text each time; empty without ``CSRF``. Reading it sets the
    /// cookie with the response.
    public var csrfToken: String { scope[CSRFTokenKey.self]?.masked() ?? "" }
}
