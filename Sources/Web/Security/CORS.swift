// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
import Logging
public import SluiceCore

/// Lets pages of other sites read answers (the Fetch standard's CORS protocol; names as in django-cors-headers).
///
/// A preflight is answered here and never comes to a view. Everything else is served as it is, and a page of a site that
/// is not let in cannot read it; that alone stops no request, which is what ``CSRF`` is for: name the same sites in its
/// `trustedOrigins`, or exempt what no cookie authenticates. Stands in front of ``ErrorPages``, so that errors can be read
/// too. WebSocket handshakes know no CORS: see ``OriginValidator``.
public struct CORS: ImmediateMiddleware {
    /// Whose pages are let in.
    public enum Origins: Sendable, Hashable {
        /// Everybody's, without cookies: for what is public.
        case any
        /// Those that a pattern fits, in the forms of ``OriginValidator``: `https://app.example`, `https://.example` (that
        /// and all below), `host` (any scheme and port). One with a star fits nothing: who is let in with cookies is named.
        case only([String], credentials: Bool = false)
    }

    /// The methods when nothing else is said: all that views know.
    public static let defaultMethods: [HTTPRequest.Method] = [.delete, .get, .options, .patch, .post, .put]
    /// The request's fields when nothing else is said.
    public static let defaultHeaders: [HTTPField.Name] = [
        .accept, .authorization, .contentType, .xCSRFToken, .xRequestedWith,
    ]

    private let patterns: [OriginPattern]?
    private let allowsCredentials: Bool
    private let exposed: String
    private let preflight: HTTPFields

    /// The middleware.
    ///
    /// - Parameters:
    ///   - origins: whose pages are let in.
    ///   - methods: what they may do.
    ///   - headers: fields that they may send.
    ///   - exposedHeaders: fields of answers that their scripts see, beside those that every script does.
    ///   - maxAge: how long a browser remembers the answer to a preflight. Default a day; browsers have limits of their own.
    public init(
        _ origins: Origins, methods: [HTTPRequest.Method] = CORS.defaultMethods,
        headers: [HTTPField.Name] = CORS.defaultHeaders, exposedHeaders: [HTTPField.Name] = [],
        maxAge: Duration = .seconds(86_400)
    ) {
        switch origins {
        case .any: (patterns, allowsCredentials) = (nil, false)
        case .only(let names, let credentials):
            patterns = names.filter { !$0.contains("*") }.map(OriginPattern.init)
            allowsCredentials = credentials
        }
        exposed = exposedHeaders.map(\.rawName).joined(separator: ", ")
        preflight = [
            .accessControlAllowMethods: methods.map(\.rawValue).joined(separator: ", "),
            .accessControlAllowHeaders: headers.map(\.rawName).joined(separator: ", "),
            .accessControlMaxAge: String(max(0, maxAge.components.seconds)),
        ]
    }

    /// Answers a preflight, or adds the fields that let a page read the answer.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        guard Kind.self == HTTP.self else { return next }
        let origin = scope.headers[.origin]
        let allowed = origin.flatMap { isAllowed($0) ? $0 : nil }
        let isAsking = scope.method == .options && scope.headers[.accessControlRequestMethod] != nil
        if isAsking, let origin {
            let view = ViewApplication(answer(origin, isAllowed: allowed != nil, scope))
            return view as any Application as? any Application<Kind>
        }
        send = send.mappingResponseStart { _, headers in
            if patterns != nil { headers.addVary(.origin) }
            guard let allowed else { return }
            admit(allowed, to: &headers)
            if !exposed.isEmpty { headers[.accessControlExposeHeaders] = exposed }
        }
        return next
    }

    /// Whether a page is let in. An origin is compared as a whole, and `null` is none.
    private func isAllowed(_ field: String) -> Bool {
        guard let patterns else { return true }
        guard let origin = WebOrigin(field) else { return false }
        return patterns.contains { $0.matches(origin) }
    }

    private func admit(_ origin: String, to headers: inout HTTPFields) {
        headers[.accessControlAllowOrigin] = patterns == nil ? "*" : origin
        if allowsCredentials { headers[.accessControlAllowCredentials] = "true" }
    }

    /// The answer to a preflight. Whether method and fields are among the allowed ones the browser sees itself, and tells.
    private func answer(_ origin: String, isAllowed: Bool, _ scope: Scope) -> FunctionView {
        var response = Response.empty(.noContent)
        if isAllowed {
            response.headers = preflight
            admit(origin, to: &response.headers)
        } else {
            let reason = "the origin \(origin.prefix(200).debugDescription) is not among those that CORS lets in"
            scope.logger.info("refused a preflight: \(reason)")
            let isTold = scope.state[DevelopmentMode.self]
            response = .text(isTold ? "cors_refused: \(reason)\n" : "cors_refused\n", status: .forbidden)
        }
        if patterns != nil { response.headers.addVary(.origin) }
        response.headers.addVary(.accessControlRequestMethod)
        response.headers.addVary(.accessControlRequestHeaders)
        return FunctionView { [response] _ in response }
    }
}
