// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceWebSocket

/// Accepts and sends everything back.
let echoing = webSocket { scope, receive, send in
    try await send(.accept(subprotocol: scope.subprotocols.last, headers: [.cookie: scope.queryString]))
    while true {
        switch try await receive() {
        case .receive(let message): try await send(.send(message))
        case .disconnect: return
        case .connect: break
        }
    }
}

/// Accepts, and notes what it is told.
func noting(_ notes: Notes) -> ProtocolTypeRouter {
    webSocket { _, receive, send in
        while true {
            switch try await receive() {
            case .connect:
                notes.add("connect")
                try await send(.accept(subprotocol: nil, headers: [:]))
            case .receive(.text(let text)):
                notes.add(text)
                if text == "close" { try await send(.close(code: 4_001, reason: "asked")) }
            case .receive(.bytes(let bytes)):
                notes.add("\(bytes.readableBytes) bytes")
            case .disconnect(let code, let reason):
                return notes.add("disconnect \(code.rawValue) \(reason)")
            }
        }
    }
}

/// A handshake for `/ws`.
let handshake =
    "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    + "Sec-WebSocket-Key: mnwFxiOlctXFN/DeMt1Amg==\r\n\r\n"

/// Text messages as a client sends them.
func frames(_ texts: String...) -> ByteBuffer {
    var out = ByteBuffer()
    for text in texts { FrameEncoder(role: .client).writeText(text, into: &out) }
    return out
}
