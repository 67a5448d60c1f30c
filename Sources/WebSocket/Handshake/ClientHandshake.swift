// SPDX-License-Identifier: Apache-2.0

extension WebSocketHandshake {
    /// What the server chose.
    public struct Response: Hashable, Sendable {
        /// The subprotocol, one of those offered; nil for none.
        public let subprotocol: String?
        /// The extensions with their parameters, each as it stands.
        public let extensions: [String]
    }

    /// The fields of a client's request beside `Host`, `Origin` and the application's own (RFC 6455 §4.1).
    public static func requestHeaders(
        key: String, subprotocols: [String] = [], extensions: [String] = []
    ) -> [Header] {
        var headers: [Header] = [
            ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", version),
            ("Sec-WebSocket-Key", key),
        ]
        if !subprotocols.isEmpty {
            headers.append(("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", ")))
        }
        if !extensions.isEmpty {
            headers.append(("Sec-WebSocket-Extensions", extensions.joined(separator: ", ")))
        }
        return headers
    }

    /// Checks a server's response to a request made with `key` (RFC 6455 §4.1).
    ///
    /// - Parameters:
    ///   - status: The response's status; 101 is needed.
    ///   - headers: All fields of the response.
    ///   - key: The request's `Sec-WebSocket-Key`.
    ///   - subprotocols: Those that the request offered.
    ///   - extensions: Those that the request offered; their names count.
    /// - Throws: ``HandshakeError``; the connection must be closed.
    public static func verify(
        status: Int, headers: some Sequence<Header>, key: String, subprotocols: [String] = [], extensions: [String] = []
    ) throws(HandshakeError) -> Response {
        let fields = HeaderFields(headers)
        guard status == 101 else { throw HandshakeError(.status, status: status, "the server refused the upgrade") }
        let upgrades = fields.values("upgrade")
        guard upgrades.count == 1, HeaderFields.matches(upgrades[0], "websocket") else {
            throw HandshakeError(.upgrade, status: status, "Upgrade must be websocket")
        }
        guard fields.lists("connection", "upgrade") else {
            throw HandshakeError(.connection, status: status, "Connection must name upgrade")
        }
        let accepts = fields.values("sec-websocket-accept")
        guard accepts.count == 1, accepts[0].utf8.elementsEqual(accept(forKey: key).utf8) else {
            throw HandshakeError(.accept, status: status, "Sec-WebSocket-Accept does not fit the key")
        }
        let chosen = fields.values("sec-websocket-protocol").map(String.init)
        guard chosen.count <= 1, chosen.allSatisfy(subprotocols.contains) else {
            throw HandshakeError(.subprotocol, status: status, "the server chose a subprotocol that was not offered")
        }
        let accepted = fields.elements("sec-websocket-extensions")
        let offered = Set(extensions.map(extensionName))
        guard accepted.allSatisfy({ offered.contains(extensionName($0)) }) else {
            throw HandshakeError(.extensions, status: status, "the server chose an extension that was not offered")
        }
        return Response(subprotocol: chosen.first, extensions: accepted)
    }

    private static func extensionName(_ offer: String) -> String {
        let name = offer.prefix { $0 != ";" }
        return String(name.filter { $0 != " " && $0 != "\t" })
    }
}
