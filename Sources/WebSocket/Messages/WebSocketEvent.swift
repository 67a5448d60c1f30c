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
    /// A whole message that an extension has transformed; comes only if `allowedReserved` is set.
    case extended(ExtendedMessage)
}

/// A message whose first frame bears reserved bits that a negotiated extension gave a meaning, such as RSV1 for
/// permessage-deflate (RFC 7692 §6). The extension undoes the transformation and then checks text for UTF-8.
public struct ExtendedMessage: Hashable, Sendable {
    /// ``Opcode/text`` or ``Opcode/binary``.
    public let opcode: Opcode
    /// The bits on the message's first frame; never empty.
    public let reserved: ReservedBits
    /// The payloads of all frames, unmasked and otherwise as received: not checked for UTF-8.
    public let payload: ByteBuffer

    /// Whether RSV1 was set, the mark of a compressed message.
    public var rsv1: Bool { reserved.contains(.rsv1) }
}
