// SPDX-License-Identifier: Apache-2.0

import Sluice

/// Text to text, bytes to bytes; knows two subprotocols.
final class EchoConsumer: Consumer {
    override func connect() async throws {
        let known = ["echo.v1", "echo.v2"]
        try await accept(subprotocol: scope.subprotocols.first { known.contains($0) })
    }

    override func receive(text: String) async throws {
        try await send(text: text)
    }

    override func receive(bytes: ByteBuffer) async throws {
        try await send(bytes: bytes)
    }
}
