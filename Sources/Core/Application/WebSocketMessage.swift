// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// One whole WebSocket message (RFC 6455 §5.6): text is valid Unicode, bytes are anything. Empty ones are messages too.
public enum WebSocketMessage: Sendable, Hashable {
    /// A text message.
    case text(String)
    /// A binary message.
    case bytes(ByteBuffer)

    /// The payload's length on the wire before compression, in bytes.
    public var byteCount: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.readableBytes
        }
    }
}
