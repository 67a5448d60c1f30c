// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import Logging

/// What is known of a connection before its first event: ASGI's `scope`, with typed keys instead of a dictionary.
///
/// A value: middleware changes its own copy. Copies share their storage until one is changed.
public struct Scope: Sendable {
    /// ``ConnectionKind/type`` of the connection: `http`, `websocket`, `lifespan` or a plug-in's own.
    public var type: String {
        get { storage.fields.type }
        set { withOwnStorage { $0.type = newValue } }
    }
    /// `1.0`, `1.1` or `2`.
    public var httpVersion: String {
        get { storage.fields.httpVersion }
        set { withOwnStorage { $0.httpVersion = newValue } }
    }
    /// The request's method, in upper case; `GET` for WebSocket.
    public var method: HTTPRequest.Method {
        get { storage.fields.method }
        set { withOwnStorage { $0.method = newValue } }
    }
    /// `http`, `https`, `ws` or `wss`.
    public var scheme: String {
        get { storage.fields.scheme }
        set { withOwnStorage { $0.scheme = newValue } }
    }
    /// The path with percent escapes decoded, from ``rootPath`` on: `/foo/bar` for `/foo%2Fbar`.
    public var path: String {
        get { storage.fields.path }
        set { withOwnStorage { $0.path = newValue } }
    }
    /// The path as it was sent, without the query.
    public var rawPath: String {
        get { storage.fields.rawPath }
        set { withOwnStorage { $0.rawPath = newValue } }
    }
    /// What stood behind the question mark, still escaped; empty when nothing did.
    public var queryString: String {
        get { storage.fields.queryString }
        set { withOwnStorage { $0.queryString = newValue } }
    }
    /// The prefix that a proxy or host has mounted the application under (ASGI's `root_path`), without a final slash.
    public var rootPath: String {
        get { storage.fields.rootPath }
        set { withOwnStorage { $0.rootPath = newValue } }
    }
    /// All header fields in order; names compare without regard to case.
    public var headers: HTTPFields {
        get { storage.fields.headers }
        set { withOwnStorage { $0.headers = newValue } }
    }
    /// The client's end; `nil` when unknown.
    public var client: Endpoint? {
        get { storage.fields.client }
        set { withOwnStorage { $0.client = newValue } }
    }
    /// The server's end; `nil` when unknown.
    public var server: Endpoint? {
        get { storage.fields.server }
        set { withOwnStorage { $0.server = newValue } }
    }
    /// The WebSocket subprotocols that the client offers, in its order.
    public var subprotocols: [String] {
        get { storage.fields.subprotocols }
        set { withOwnStorage { $0.subprotocols = newValue } }
    }
    /// What the application made at start (ASGI's `state`).
    public var state: LifespanState {
        get { storage.fields.state }
        set { withOwnStorage { $0.state = newValue } }
    }
    /// The connection's TLS (ASGI's `tls` extension); `nil` on a plain connection.
    public var tls: TransportSecurity? {
        get { storage.fields.tls }
        set { withOwnStorage { $0.tls = newValue } }
    }
    /// What the routers have matched so far (ASGI's `url_route`).
    public var route: RouteMatch {
        get { matched?.route ?? RouteMatch() }
        set { matched = Matched(newValue) }
    }
    /// What the connection runs on.
    public var connection: ConnectionContext {
        get { storage.fields.connection }
        set { withOwnStorage { $0.connection = newValue } }
    }

    /// The connection's logger.
    public var logger: Logger { storage.fields.connection.logger }

    /// A value that middleware has put in, or the key's default.
    public subscript<Key: ScopeKey>(key: Key.Type) -> Key.Value {
        get { values[ObjectIdentifier(key)] as? Key.Value ?? Key.defaultValue }
        set { values[ObjectIdentifier(key)] = newValue }
    }

    /// An empty scope of a kind; the server fills in the rest.
    public init<Kind: ConnectionKind>(_ kind: Kind.Type, path: String = "/") {
        storage = Storage(Fields(type: kind.type, path: path))
    }

    // The fields live in one class instance, so that a scope is passed along a chain of middleware and routers for three
    // reference counts instead of twenty; apart from it, what routers and middleware change.
    private var storage: Storage
    private var matched: Matched?
    private var values: [ObjectIdentifier: any Sendable] = [:]

    private mutating func withOwnStorage(_ change: (inout Fields) -> Void) {
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.fields) }
        storage.withFields(change)
    }
}

extension Scope {
    fileprivate struct Fields: Sendable {
        var type: String
        var httpVersion = "1.1"
        var method = HTTPRequest.Method.get
        var scheme = "http"
        var path: String
        var rawPath = ""
        var queryString = ""
        var rootPath = ""
        var headers = HTTPFields()
        var client: Endpoint?
        var server: Endpoint?
        var subprotocols: [String] = []
        var state = LifespanState()
        var tls: TransportSecurity?
        var connection = Self.noConnection

        // Made once: a logger is not made for nothing.
        private static let noConnection = ConnectionContext()
    }

    fileprivate final class Matched: Sendable {
        let route: RouteMatch

        init(_ route: RouteMatch) {
            self.route = route
        }
    }

    fileprivate final class Storage: @unchecked Sendable {
        // Proof: `fields` is changed only through `withOwnStorage`, on an instance that one scope alone refers to. Neither
        // can accesses overlap, then: a change runs no foreign code.
        @exclusivity(unchecked) private(set) var fields: Fields

        init(_ fields: Fields) {
            self.fields = fields
        }

        func withFields(_ change: (inout Fields) -> Void) {
            change(&fields)
        }
    }
}
