// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import SluiceCore
import SluiceWebSocket

/// Makes the scope of a request, or says why the request is refused.
struct RequestScope {
    /// A request that never reaches an application.
    struct Refusal: Error {
        let status: HTTPResponse.Status
        let reason: String
        var headers: HTTPFields = [:]
    }

    /// What the request is for.
    enum Kind {
        case http
        case webSocket(WebSocketHandshake.Request)
    }

    var scope: Scope
    let kind: Kind

    init(
        _ head: HTTPRequestHead, on channel: any Channel, isSecure: Bool, security: TransportSecurity?,
        server: Endpoint? = nil,
        configuration: ServerConfiguration, state: LifespanState, connection: ConnectionContext
    ) throws(Refusal) {
        let limits = configuration.http
        guard head.uri.utf8.count <= limits.targetBytes else {
            throw Refusal(status: .uriTooLong, reason: "the request target is longer than \(limits.targetBytes) bytes")
        }
        let hosts = head.headers["host"]
        guard hosts.count == 1 || hosts.isEmpty && head.version.minor == 0 else {
            throw Refusal(status: .badRequest, reason: "exactly one Host is needed")
        }
        guard hosts.allSatisfy(RequestTarget.isAuthority) else {
            throw Refusal(status: .badRequest, reason: "Host is not valid")
        }
        guard let method = HTTPRequest.Method(rawValue: head.method.rawValue), head.method != .CONNECT else {
            throw Refusal(status: .notImplemented, reason: "the method is not implemented")
        }
        guard let target = RequestTarget(head.uri), target.path != "*" || method == .options else {
            throw Refusal(status: .badRequest, reason: "the request target is not valid")
        }
        kind = try Self.kind(head)
        let isWebSocket = if case .webSocket = kind { true } else { false }
        var scope = isWebSocket ? Scope(WebSocket.self, path: target.path) : Scope(HTTP.self, path: target.path)
        scope.httpVersion = head.version.minor == 0 ? "1.0" : "1.1"
        scope.method = method
        scope.scheme = isWebSocket ? (isSecure ? "wss" : "ws") : (isSecure ? "https" : "http")
        scope.rawPath = target.rawPath
        scope.queryString = target.query
        scope.headers = try Self.fields(head.headers)
        // RFC 9112 §3.2.2: the target's own word counts, whatever Host says.
        if let authority = target.authority, let name = HTTPField.Name("host") { scope.headers[name] = authority }
        scope.client = channel.remoteAddress.flatMap(Endpoint.init)
        scope.server = server ?? channel.localAddress.flatMap(Endpoint.init)
        scope.state = state
        scope.tls = security
        scope.connection = connection
        if case .webSocket(let handshake) = kind { scope.subprotocols = handshake.subprotocols }
        scope.rootPath = configuration.rootPath
        do throws(Forwarding.Malformed) {
            try Forwarding(configuration.trustedProxies).apply(to: &scope, from: channel.remoteAddress)
        } catch {
            throw Refusal(status: .badRequest, reason: error.reason)
        }
        self.scope = scope
    }

    private static func kind(_ head: HTTPRequestHead) throws(Refusal) -> Kind {
        guard head.headers.contains(name: "upgrade"), WebSocketHandshake.isRequested(by: head.headers.pairs) else {
            return .http
        }
        do {
            return .webSocket(
                try WebSocketHandshake.validate(
                    method: head.method.rawValue, httpMinorVersion: head.version.minor, headers: head.headers.pairs))
        } catch {
            var fields = HTTPFields()
            for (name, value) in error.headers {
                if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
            }
            throw Refusal(
                status: HTTPResponse.Status(code: error.status), reason: error.message, headers: fields)
        }
    }

    /// All fields in order; names with an underscore are dropped, since CGI-like hosts take them for hyphens.
    private static func fields(_ headers: HTTPHeaders) throws(Refusal) -> HTTPFields {
        var fields = HTTPFields()
        fields.reserveCapacity(headers.count)
        for (name, value) in headers {
            guard let fieldName = HTTPField.Name(name), isValid(value) else {
                throw Refusal(status: .badRequest, reason: "a header field is not valid")
            }
            guard !name.utf8.contains(UInt8(ascii: "_")) else { continue }
            fields.append(HTTPField(name: fieldName, value: value))
        }
        return fields
    }

    /// Whether a value has no control characters, of ASCII or, as UTF-8, of Unicode's second block (such as NEL, which
    /// some take for a line break).
    private static func isValid(_ value: String) -> Bool {
        var last: UInt8 = 0
        for byte in value.utf8 {
            guard byte >= 0x20 && byte != 0x7F || byte == 0x09, last != 0xC2 || byte >= 0xA0 else { return false }
            last = byte
        }
        return true
    }
}

extension HTTPHeaders {
    /// The fields as the sans-IO handshake takes them.
    fileprivate var pairs: some Sequence<WebSocketHandshake.Header> {
        lazy.map { (name: $0.name, value: $0.value) }
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
