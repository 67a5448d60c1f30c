// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import Logging
public import NIOCore
public import SluiceCore

/// An HTTP request as a view sees it: the scope, and the body that follows.
///
/// A value whose copies share the body and what was parsed. What middleware has put into the scope is read through
/// ``scope`` or through properties that they add: `request.user`, `request.csrfToken`, `request.language`.
public struct Request: Sendable {
    /// The largest body that is kept in memory when nothing else is said: 2.5 MiB (Django's
    /// `DATA_UPLOAD_MAX_MEMORY_SIZE`).
    public static let defaultBodyLimit = 2_621_440

    /// What is known of the connection.
    public let scope: Scope
    let storage: RequestStorage

    /// A request whose body comes from `receive`.
    public init(scope: Scope, receive: Receive<HTTP>) {
        self.scope = scope
        self.storage = scope[SharedStorageKey.self] ?? RequestStorage(receive: receive)
    }

    /// The method, such as `.post`.
    public var method: HTTPRequest.Method { scope.method }
    /// The path with percent escapes decoded.
    public var path: String { scope.path }
    /// All header fields.
    public var headers: HTTPFields { scope.headers }
    /// What the routers took from the path: `request.route["id", as: Int.self]`.
    public var route: RouteMatch { scope.route }
    /// What the application made at start, such as pools and channel layers.
    public var app: LifespanState { scope.state }
    /// The connection's logger.
    public var logger: Logger { scope.logger }
    /// Whether the client came over TLS (Django's `is_secure()`).
    public var isSecure: Bool { scope.isSecure }
    /// The cookies; a look-up scans the header.
    public var cookies: Cookies { Cookies(scope.headers) }

    /// The fields of the query, at most 1,000; parsed once.
    ///
    /// - Throws: ``HTTPError`` 400 `too_many_fields`.
    public var query: FormFields {
        get throws(HTTPError) { try storage.query(of: scope.queryString) }
    }

    /// The path with the query, as it was sent: what ``SignInRequired`` comes back to (Django's `get_full_path()`).
    public var fullPath: String { scope.fullPath }

    /// The body as it arrives, with back-pressure.
    public var body: RequestBody { RequestBody(storage: storage) }

    /// The whole body; a second call returns it again.
    ///
    /// - Parameter limit: The most bytes; a larger `Content-Length` is refused before anything is read.
    /// - Throws: ``HTTPError`` 413 `too_large`; 400 `client_gone` when the client goes before the end.
    public func body(upTo limit: Int = Self.defaultBodyLimit) async throws -> ByteBuffer {
        if let length = scope.contentLength, length > limit { throw RequestBody.tooLarge(limit: limit) }
        return try await storage.collect(upTo: limit)
    }
}

extension Scope {
    /// Whether the client came over TLS: `https` or `wss`.
    public var isSecure: Bool { scheme == "https" || scheme == "wss" }

    /// The path with the query, as it was sent and with the prefix that the application is mounted under.
    var fullPath: String {
        let sent = rawPath.isEmpty ? PercentCoding.encodeAddress(path) : rawPath
        // A proxy may have taken the prefix off, or have left it on.
        let whole = path.hasPrefix(rootPath) ? sent : rootPath + sent
        return queryString.isEmpty ? whole : whole + "?" + queryString
    }

    /// The announced length of the body; `nil` when there is none or it is no number.
    var contentLength: Int? { headers[.contentLength].flatMap { Int($0) } }

    /// The media type of the body in lower case and without parameters: `application/json`.
    var mediaType: String {
        let value = headers[.contentType] ?? ""
        let type = value.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        return String(Substring(type)).lowercased()
    }
}
