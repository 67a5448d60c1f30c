// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// What the peer said: a whole message or a control frame.
public enum WebSocketEvent: Hashable, Sendable {
    /// A whole text message; the bytes are valid UTF-8 (RFC 6455 §5.6).
    case text(ByteBuffer)
    /// A whole binary message.
    case binary(ByteBuffer)
    /// To be answered with a pong of the same payload, at most 125 bytes (RFC 6455 §5.5.2).
    case ping(ByteBuffer)
    /// The answer to a ping or a heartbeat, at most 125 bytes (RFC 6455 §5.5.3).
    case pong(ByteBuffer)
    /// The last event: the peer ends the connection. The code is nil if the frame had none (RFC 6455 §5.5.1).
    case close(CloseCode?, reason: String)
}
