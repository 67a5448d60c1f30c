// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
import SluiceCore

/// How middleware turns a connection of any kind away before its application sees it.
func refuse<Kind: ConnectionKind>(
    _ error: HTTPError, scope: Scope, receive: Receive<Kind>, send: Send<Kind>
) async throws {
    guard let receive = receive as? Receive<WebSocket>, let send = send as? Send<WebSocket> else { throw error }
    // The application answers `websocket.connect`; a client that has gone needs no answer.
    guard case .connect = try await receive() else { return }
    scope.logger.info("refused a WebSocket handshake: \(error.description)")
    try await send(
        .deny(
            status: error.status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ByteBuffer(string: error.code + "\n")))
}
