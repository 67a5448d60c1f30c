// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
public import SluiceCore
import SluiceWebSocket

/// Puts into a scope what the channel's server knows of it.
public typealias ScopePreparation = @Sendable (inout Scope) -> Void

/// Makes the scope of a request, or says why the request is refused.
struct RequestScope {
    /// What the request is for.
    enum Kind {
        case http
        case webSocket(WebSocketHandshake.Request)
    }

    var scope: Scope
    let kind: Kind

    init(
        _ head: RequestHead, isSecure: Bool, security: TransportSecurity?, client: Endpoint?, server: Endpoint?,
        peer: SocketAddress? = nil, prepare: ScopePreparation? = nil, configuration: ServerConfiguration = .init(),
        state: LifespanState,
        connection: ConnectionContext
    ) throws(RequestRefusal) {
        var fields = head.fields
        // RFC 9112 §3.2.2: the target's own word counts, whatever Host says.
        if let authority = head.target.authority, let name = HTTPField.Name("host") { fields[name] = authority }
        try self.init(
            Self.kind(head), version: head.minorVersion == 0 ? "1.0" : "1.1", method: head.method, target: head.target,
            fields: fields, isSecure: isSecure, security: security, client: client, server: server, peer: peer,
            prepare: prepare, configuration: configuration, state: state, connection: connection)
    }

    /// A request in any version of HTTP.
    init(
        _ kind: Kind, version: String, method: HTTPRequest.Method, target: RequestTarget, fields: HTTPFields,
        isSecure: Bool, security: TransportSecurity?, client: Endpoint?, server: Endpoint?, peer: SocketAddress?,
        prepare: ScopePreparation?, configuration: ServerConfiguration, state: LifespanState,
        connection: ConnectionContext
    ) throws(RequestRefusal) {
        self.kind = kind
        let isWebSocket = if case .webSocket = kind { true } else { false }
        var scope = isWebSocket ? Scope(WebSocket.self, path: target.path) : Scope(HTTP.self, path: target.path)
        scope.httpVersion = version
        scope.method = method
        scope.scheme = isWebSocket ? (isSecure ? "wss" : "ws") : (isSecure ? "https" : "http")
        scope.rawPath = target.rawPath
        scope.queryString = target.query
        scope.headers = fields
        scope.client = client
        scope.server = server
        scope.state = state
        scope.tls = security
        scope.connection = connection
        if case .webSocket(let handshake) = kind { scope.subprotocols = handshake.subprotocols }
        scope.rootPath = configuration.rootPath
        prepare?(&scope)
        do throws(Forwarding.Malformed) {
            try Forwarding(configuration.trustedProxies).apply(to: &scope, from: peer)
        } catch {
            throw .malformed(error.reason)
        }
        self.scope = scope
    }

    private static func kind(_ head: RequestHead) throws(RequestRefusal) -> Kind {
        // A key without the rest is a broken handshake, not a request for something else.
        guard head.hasWebSocketKey || head.hasUpgrade && WebSocketHandshake.isRequested(by: head.fields.pairs) else {
            return .http
        }
        do {
            return .webSocket(
                try WebSocketHandshake.validate(
                    method: head.method.rawValue, httpMinorVersion: head.minorVersion, headers: head.fields.pairs))
        } catch {
            throw RequestRefusal(error)
        }
    }
}

extension RequestRefusal {
    init(_ error: HandshakeError) {
        let status: HTTPResponse.Status =
            switch error.status {
            case 405: .methodNotAllowed
            case 426: .upgradeRequired
            default: .badRequest
            }
        self.init(status, error.message)
        for (name, value) in error.headers {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
    }
}

extension HTTPFields {
    /// The fields as the sans-IO handshake takes them.
    fileprivate var pairs: some Sequence<WebSocketHandshake.Header> {
        lazy.map { (name: $0.name.canonicalName, value: $0.value) }
    }
}

extension Endpoint {
    /// - Returns: `nil` for a unix socket's end that has no path: the client's.
    init?(_ address: SocketAddress) {
        switch address {
        case .v4, .v6:
            let text = address.ipAddress ?? ""
            // A client that speaks IPv4 to an IPv6 listener is known by its own address.
            let isMapped = text.hasPrefix("::ffff:") && text.utf8.contains(UInt8(ascii: "."))
            self.init(host: isMapped ? String(text.dropFirst(7)) : text, port: address.port)
        case .unixDomainSocket:
            guard let path = address.pathname, !path.isEmpty else { return nil }
            self.init(host: path, port: nil)
        }
    }
}
