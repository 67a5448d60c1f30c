// SPDX-License-Identifier: Apache-2.0

/// What a frame carries (RFC 6455 §5.2). The other ten values are reserved and refused.
public enum Opcode: UInt8, Sendable {
    /// A further fragment of the message in progress.
    case continuation = 0x0
    /// The only or first frame of a message of UTF-8 text.
    case text = 0x1
    /// The only or first frame of a message of bytes.
    case binary = 0x2
    /// The sender ends the connection.
    case close = 0x8
    /// The receiver must answer with a pong of the same payload.
    case ping = 0x9
    /// The answer to a ping, or a heartbeat of one direction.
    case pong = 0xA

    /// Control frames are never fragmented, carry at most 125 bytes and may stand between fragments (RFC 6455 §5.5).
    @inlinable public var isControl: Bool { rawValue & 0x8 != 0 }
}
