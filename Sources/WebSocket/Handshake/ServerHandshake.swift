// SPDX-License-Identifier: Apache-2.0

extension WebSocketHandshake {
    /// What a valid request asks for.
    public struct Request: Hashable, Sendable {
        /// `Sec-WebSocket-Key`, to be answered with ``WebSocketHandshake/accept(forKey:)``; empty over HTTP/2.
        public let key: String
        /// The subprotocols offered, in the client's order of preference, without repetitions.
        public let subprotocols: [String]
        /// The extensions offered, each as it stands, such as `permessage-deflate; client_max_window_bits`.
        public let extensions: [String]
    }

    /// Checks a client's request (RFC 6455 §4.2.1).
    ///
    /// - Parameters:
    ///   - method: The method as on the request line.
    ///   - httpMinorVersion: The minor version of HTTP/1.
    ///   - headers: All fields of the request.
    /// - Throws: ``HandshakeError`` with the answer's status: 405 for a method other than GET, 426 for a version other
    ///   than 13, else 400.
    public static func validate(
        method: String, httpMinorVersion: Int, headers: some Sequence<Header>
    ) throws(HandshakeError) -> Request {
        let fields = HeaderFields(headers)
        guard method == "GET" else {
            throw HandshakeError(.method, status: 405, headers: [("Allow", "GET")], "the method must be GET")
        }
        guard httpMinorVersion >= 1 else { throw HandshakeError(.httpVersion, "HTTP/1.1 is needed") }
        let hosts = fields.values("host")
        guard hosts.count == 1, hosts[0] != "" else { throw HandshakeError(.host, "exactly one Host is needed") }
        guard fields.lists("upgrade", "websocket") else {
            throw HandshakeError(.upgrade, "Upgrade must name websocket")
        }
        guard fields.lists("connection", "upgrade") else {
            throw HandshakeError(.connection, "Connection must name upgrade")
        }
        try checkVersion(fields.values("sec-websocket-version"), isUpgrade: true)
        let keys = fields.values("sec-websocket-key")
        guard keys.count == 1, Base64.isSixteenBytes(keys[0]) else {
            throw HandshakeError(.key, "exactly one Sec-WebSocket-Key of 16 bytes in base64 is needed")
        }
        // What follows such a request is frames; a body before them is a way to smuggle requests.
        guard fields.values("transfer-encoding").isEmpty, fields.values("content-length").allSatisfy({ $0 == "0" })
        else {
            throw HandshakeError(.body, "the request must not have a body")
        }
        return Request(
            key: String(keys[0]), subprotocols: try subprotocols(fields),
            extensions: fields.elements("sec-websocket-extensions"))
    }

    /// A missing or other version is answered with the one spoken here (RFC 6455 §4.4, RFC 9110 §15.5.22).
    ///
    /// - Parameter isUpgrade: Whether the answer may name `Upgrade`, which HTTP/2 does not have (RFC 9113 §8.6).
    static func checkVersion(_ values: [Substring], isUpgrade: Bool) throws(HandshakeError) {
        guard values.count <= 1 else {
            throw HandshakeError(.version, "exactly one Sec-WebSocket-Version is needed")
        }
        guard values.first.map(String.init) == version else {
            let upgrade: [Header] = isUpgrade ? [("Upgrade", "websocket"), ("Connection", "Upgrade")] : []
            throw HandshakeError(
                .version, status: 426, headers: [("Sec-WebSocket-Version", version)] + upgrade,
                "Sec-WebSocket-Version must be 13")
        }
    }

    static func subprotocols(_ fields: HeaderFields) throws(HandshakeError) -> [String] {
        var seen: Set<String> = []
        let offered = fields.elements("sec-websocket-protocol").filter { seen.insert($0).inserted }
        guard offered.allSatisfy(HeaderFields.isToken) else {
            throw HandshakeError(.subprotocol, "a subprotocol is not a token")
        }
        return offered
    }
}
