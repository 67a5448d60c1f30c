// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWebSocket

extension WebSocketHandshake.Request {
    /// Checks what an application accepts with.
    ///
    /// - Throws: ``SendError`` for a subprotocol that the client does not offer, and for fields that are the server's.
    func checkAnswer(subprotocol: String?, _ headers: HTTPFields) throws(SendError) {
        if let subprotocol, !subprotocols.contains(subprotocol) {
            throw SendError(.wrongState, "the client does not offer the subprotocol '\(subprotocol)'")
        }
        for field in headers where Self.ownFields.contains(field.name) {
            throw SendError(.invalidHeader, "\(field.name) belongs to the handshake itself")
        }
    }

    private static let ownFields: Set<HTTPField.Name> = [
        .upgrade, .connection, .secWebSocketAccept, .secWebSocketProtocol, .secWebSocketExtensions, .contentLength,
        .transferEncoding,
    ]
}
