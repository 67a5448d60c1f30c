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
        case send(WebSocketMessage)
        /// Closes the connection (`websocket.close`); before `accept` the handshake is answered with 403.
        case close(code: WebSocketCloseCode, reason: String)
        /// Refuses the handshake with a response (`websocket.http.response.start` and `.body`).
        case deny(status: HTTPResponse.Status, headers: HTTPFields, body: ByteBuffer)
    }
}
