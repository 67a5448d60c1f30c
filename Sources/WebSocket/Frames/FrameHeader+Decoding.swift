// SPDX-License-Identifier: Apache-2.0

extension FrameHeader {
    /// Reads the header at `offset`; nil if more bytes are needed. Refuses as early as the bytes at hand allow, and in
    /// the order of the bytes, so that the outcome does not depend on how a stream was cut into reads.
    static func decode(
        from bytes: UnsafeRawBufferPointer, at offset: Int, role: WebSocketRole,
        configuration: WebSocketDecoder.Configuration
    ) throws(WebSocketError) -> FrameHeader? {
        guard let start = bytes.bigEndian(UInt16.self, at: offset) else { return nil }
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

        let lengthOffset = offset + 2
        let payloadLength: Int
        let maskOffset: Int
        switch shortLength {
        case 126:
            guard let length = bytes.bigEndian(UInt16.self, at: lengthOffset) else { return nil }
            guard length > 125 else { throw .lengthNotMinimal }
            payloadLength = Int(length)
            maskOffset = lengthOffset + 2
        case 127:
            guard let length = bytes.bigEndian(UInt64.self, at: lengthOffset) else { return nil }
            guard length > 0xFFFF else { throw .lengthNotMinimal }
            // RFC 6455 §5.2: the most significant bit must be 0; with it goes all that Int cannot hold.
            guard let signed = Int(exactly: length) else { throw .lengthOutOfRange }
            payloadLength = signed
            maskOffset = lengthOffset + 8
        default:
            payloadLength = shortLength
            maskOffset = lengthOffset
        }
        let limit = configuration.frameLimit
        guard
            opcode.isControl || payloadLength <= limit
                || reserved.contains(.rsv1) && payloadLength <= WebSocketDecoder.Configuration.compressedLimit(limit)
        else { throw .frameTooLarge(limit: limit) }

        var mask: MaskingKey?
        if masked {
            guard let bits = bytes.bigEndian(UInt32.self, at: maskOffset) else { return nil }
            mask = MaskingKey(bits: bits.byteSwapped)
        }
        return FrameHeader(opcode: opcode, payloadLength: payloadLength, fin: fin, reserved: reserved, mask: mask)
    }
}

extension UnsafeRawBufferPointer {
    /// The integer at `offset`, if it is there in full. The check makes the load safe: the pointer itself has none in
    /// release builds.
    fileprivate func bigEndian<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, at offset: Int) -> Value? {
        guard offset >= 0, offset <= count - MemoryLayout<Value>.size else { return nil }
        return Value(bigEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
