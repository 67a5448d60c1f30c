// SPDX-License-Identifier: Apache-2.0

/// The header of one frame (RFC 6455 §5.2).
public struct FrameHeader: Hashable, Sendable {
    /// Whether the message ends with this frame.
    public var fin: Bool
    /// The bits that extensions use.
    public var reserved: ReservedBits
    /// What the frame carries.
    public var opcode: Opcode
    /// The payload's size in bytes, 0 or more.
    public var payloadLength: Int
    /// The key over the payload; nil for an unmasked frame.
    public var mask: MaskingKey?

    /// A header of a frame of `payloadLength` bytes; by default of an unmasked, unfragmented message.
    public init(
        opcode: Opcode, payloadLength: Int, fin: Bool = true, reserved: ReservedBits = [], mask: MaskingKey? = nil
    ) {
        self.fin = fin
        self.reserved = reserved
        self.opcode = opcode
        self.payloadLength = payloadLength
        self.mask = mask
    }

    /// The size of the encoded header: 2 to 14 bytes.
    public var encodedSize: Int {
        let length = payloadLength <= 125 ? 0 : payloadLength <= 0xFFFF ? 2 : 8
        return 2 + length + (mask == nil ? 0 : 4)
    }

    /// The most bytes that a control frame carries (RFC 6455 §5.5).
    static let maxControlPayload = 125
}
