// SPDX-License-Identifier: Apache-2.0

import NIOCore

extension FrameHeader {
    /// Reads the header at `index`; nil if more bytes are needed. Refuses as early as the bytes at hand allow, and in
    /// the order of the bytes, so that the outcome does not depend on how a stream was cut into reads.
    static func decode(
        from buffer: ByteBuffer, at index: Int, role: WebSocketRole, configuration: WebSocketDecoder.Configuration
    ) throws(WebSocketError) -> FrameHeader? {
        guard let start = buffer.getInteger(at: index, as: UInt16.self) else { return nil }
        let first = UInt8(truncatingIfNeeded: start &>> 8)
        let masked = start & 0x80 != 0
        let shortLength = Int(start & 0x7F)

        guard let opcode = Opcode(rawValue: first & 0x0F) else { throw .reservedOpcode(first & 0x0F) }
        let fin = first & 0x80 != 0
        let reserved = ReservedBits(rawValue: first)
        // Extensions mark a message on its first frame only (RFC 7692 §6.1).
        let mayMark = opcode == .text || opcode == .binary
        guard reserved.isEmpty || (mayMark && reserved.isSubset(of: configuration.allowedReserved)) else {
            throw .reservedBits
        }
        guard masked == (role == .server) else { throw masked ? .maskedByServer : .unmaskedByClient }
        if opcode.isControl {
            guard fin else { throw .fragmentedControl }
            guard shortLength <= maxControlPayload else { throw .controlTooLong }
        }

        let lengthIndex = index + 2
        let payloadLength: Int
        let maskIndex: Int
        switch shortLength {
        case 126:
            guard let length = buffer.getInteger(at: lengthIndex, as: UInt16.self) else { return nil }
            guard length > 125 else { throw .lengthNotMinimal }
            payloadLength = Int(length)
            maskIndex = lengthIndex + 2
        case 127:
            guard let length = buffer.getInteger(at: lengthIndex, as: UInt64.self) else { return nil }
            guard length > 0xFFFF else { throw .lengthNotMinimal }
            // RFC 6455 §5.2: the most significant bit must be 0; with it goes all that Int cannot hold.
            guard let signed = Int(exactly: length) else { throw .lengthOutOfRange }
            payloadLength = signed
            maskIndex = lengthIndex + 8
        default:
            payloadLength = shortLength
            maskIndex = lengthIndex
        }
        guard opcode.isControl || payloadLength <= configuration.frameLimit else {
            throw .frameTooLarge(limit: configuration.frameLimit)
        }

        var mask: MaskingKey?
        if masked {
            guard let bits = buffer.getInteger(at: maskIndex, endianness: .little, as: UInt32.self) else { return nil }
            mask = MaskingKey(bits: bits)
        }
        return FrameHeader(opcode: opcode, payloadLength: payloadLength, fin: fin, reserved: reserved, mask: mask)
    }
}
