// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
package import SluiceCore

/// How middleware turns a connection of any kind away before its application sees it: WebSocket handshakes with an
/// application that denies them, requests by throwing the error.
package func refusal<Kind: ConnectionKind>(_ error: HTTPError) throws -> any Application<Kind> {
    guard let refusal = RefusedHandshake(error: error) as any Application as? any Application<Kind> else { throw error }
    return refusal
}

/// Answers a WebSocket handshake with an error.
private struct RefusedHandshake: Application {
    let error: HTTPError

    func callAsFunction(scope: Scope, receive: Receive<WebSocket>, send: Send<WebSocket>) async throws {
        // The application answers `websocket.connect`; a client that has gone needs no answer.
        guard case .connect = try await receive() else { return }
        scope.logger.info("refused a WebSocket handshake: \(error.description)")
        try await send(
            .deny(
                status: error.status, headers: [.contentType: "text/plain; charset=utf-8"],
                body: ByteBuffer(string: error.code + "\n")))
    }
}
