// SPDX-License-Identifier: Apache-2.0

/// Why a handshake failed.
public struct HandshakeError: Error, Sendable {
    /// What was wrong.
    public let code: Code
    /// The status that a server answers with: 400, 405 or 426. For a client's error it is the status received.
    public let status: Int
    /// Header fields that the answer needs beside the usual ones, such as `Sec-WebSocket-Version` or `Allow`.
    public let headers: [WebSocketHandshake.Header]
    /// One line for the log and the body; it quotes nothing from the peer.
    public let message: String

    init(_ code: Code, status: Int = 400, headers: [WebSocketHandshake.Header] = [], _ message: String) {
        self.code = code
        self.status = status
        self.headers = headers
        self.message = message
    }

    /// The kinds of failures. More may be added.
    public struct Code: Hashable, Sendable {
        private enum Value {
            case method, httpVersion, host, upgrade, connection, version, key, body, subprotocol
            case status, accept, extensions
        }

        private let value: Value

        private init(_ value: Value) {
            self.value = value
        }

        /// The method is not GET.
        public static let method = Code(.method)
        /// HTTP/1.0, which cannot upgrade.
        public static let httpVersion = Code(.httpVersion)
        /// Not exactly one `Host`.
        public static let host = Code(.host)
        /// `Upgrade` does not name websocket.
        public static let upgrade = Code(.upgrade)
        /// `Connection` does not name upgrade.
        public static let connection = Code(.connection)
        /// `Sec-WebSocket-Version` is not 13.
        public static let version = Code(.version)
        /// Not exactly one `Sec-WebSocket-Key` of 16 bytes in base64.
        public static let key = Code(.key)
        /// The request has a body.
        public static let body = Code(.body)
        /// A subprotocol that is not a token, or, for a client, one that was not offered.
        public static let subprotocol = Code(.subprotocol)
        /// The server did not answer with 101.
        public static let status = Code(.status)
        /// `Sec-WebSocket-Accept` does not fit the key.
        public static let accept = Code(.accept)
        /// The server chose an extension that was not offered.
        public static let extensions = Code(.extensions)
    }
}

extension HandshakeError: CustomStringConvertible {
    /// The status and the message.
    public var description: String { "\(status): \(message)" }
}
