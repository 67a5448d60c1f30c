// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import NIOCore

/// A WebSocket connection (ASGI's `websocket` scope).
///
/// The application receives ``Inbound/connect`` first and answers with ``Outbound/accept(subprotocol:headers:)``,
/// ``Outbound/close(code:reason:)`` (refused with 403) or ``Outbound/deny(status:headers:body:)``.
public enum WebSocket: ConnectionKind {
    /// `websocket`.
    public static var type: String { "websocket" }

    /// What an application receives.
    public enum Inbound: Sendable {
        /// The client asks for the connection (`websocket.connect`).
        case connect
        /// A whole message (`websocket.receive`).
        case receive(WebSocketMessage)
        /// The connection has ended, whoever ended it (`websocket.disconnect`). Comes again on every later receive.
        case disconnect(code: WebSocketCloseCode, reason: String)
    }

    /// What an application sends.
    public enum Outbound: Sendable {
        /// Completes the handshake (`websocket.accept`).
        case accept(subprotocol: String?, headers: HTTPFields)
        /// A message (`websocket.send`). Before `accept` it waits; it is discarded when the handshake is refused.
        case send(WebSocketMessage, compression: MessageCompression = .automatic)
        /// Closes the connection (`websocket.close`); before `accept` the handshake is answered with 403.
        case close(code: WebSocketCloseCode, reason: String)
        /// Refuses the handshake with a response (`websocket.http.response.start` and `.body`).
        case deny(status: HTTPResponse.Status, headers: HTTPFields, body: ByteBuffer)
    }
}

extension WebSocket.Outbound {
    /// Refuses what no connection may send: every server and communicator checks the same.
    ///
    /// - Throws: ``SendError`` with `invalidCloseCode` (RFC 6455 §7.4; reasons have at most 123 bytes), `invalidHeader`
    ///   (a field of the handshake itself in an accept) or `wrongState` (a refusal whose status allows no body).
    public func validate() throws(SendError) {
        switch self {
        case .close(let code, let reason):
            guard code.isSendable else {
                throw SendError(.invalidCloseCode, "the close code \(code.rawValue) may not be sent")
            }
            guard reason.utf8.count <= 123 else {
                throw SendError(.invalidCloseCode, "a close reason has at most 123 bytes, not \(reason.utf8.count)")
            }
        case .deny(let status, _, _):
            guard (200...599).contains(status.code), status.code != 204, status.code != 304 else {
                throw SendError(.wrongState, "a handshake cannot be refused with status \(status.code)")
            }
        case .accept(_, let headers):
            if let field = headers.first(where: { Self.handshakeFields.contains($0.name) }) {
                throw SendError(.invalidHeader, "\(field.name) belongs to the handshake itself")
            }
        case .send:
            break
        }
    }

    /// The fields that an application may not set by an accept: the server writes them (RFC 6455 §4.2.2).
    private static let handshakeFields: Set<HTTPField.Name> = [
        .upgrade, .connection, .secWebSocketAccept, .secWebSocketProtocol, .secWebSocketExtensions, .contentLength,
        .transferEncoding,
    ]
}
