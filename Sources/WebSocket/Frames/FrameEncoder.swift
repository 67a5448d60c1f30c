// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// Writes frames (RFC 6455 §5, §6.1): unmasked as a server, masked with a new random key each as a client.
public struct FrameEncoder: Hashable, Sendable {
    /// Which end writes.
    public let role: WebSocketRole

    /// From this payload size on (16 KiB), a second buffer in a gathered write is cheaper than a copy.
    public static let gatherThreshold = 16 << 10

    /// An encoder for that end.
    public init(role: WebSocketRole) {
        self.role = role
    }

    /// Appends an unfragmented text message.
    public func writeText(_ text: String, into out: inout ByteBuffer) {
        let length = text.utf8.count
        let key = writeHeader(.text, payloadLength: length, reserving: length, into: &out)
        out.writeString(text)
        mask(last: length, of: &out, with: key)
    }

    /// Appends an unfragmented text message of bytes that are UTF-8 already. They are not checked: the peer will fail
    /// the connection if they are not.
    public func writeText(utf8 payload: ByteBuffer, into out: inout ByteBuffer) {
        writeFrame(.text, payload, into: &out)
    }

    /// Appends an unfragmented binary message.
    public func writeBinary(_ payload: ByteBuffer, into out: inout ByteBuffer) {
        writeFrame(.binary, payload, into: &out)
    }

    /// Appends a frame of any kind, for fragments and extensions. Text must be UTF-8 as a whole message.
    ///
    /// A control frame is always final and without reserved bits; its payload is cut to 125 bytes (RFC 6455 §5.5).
    public func writeFrame(
        _ opcode: Opcode, _ payload: ByteBuffer, fin: Bool = true, reserved: ReservedBits = [],
        into out: inout ByteBuffer
    ) {
        var payload = payload
        var (fin, reserved) = (fin, reserved)
        if opcode.isControl {
            let length = min(payload.readableBytes, FrameHeader.maxControlPayload)
            payload = payload.getSlice(at: payload.readerIndex, length: length) ?? ByteBuffer()
            (fin, reserved) = (true, [])
        }
        let length = payload.readableBytes
        let key = writeHeader(
            opcode, payloadLength: length, fin: fin, reserved: reserved, reserving: length, into: &out)
        out.writeBuffer(&payload)
        mask(last: length, of: &out, with: key)
    }

    /// Appends a data frame and, if the payload has ``gatherThreshold`` bytes or more, only its header: the payload
    /// is then returned and must be written right behind `out`. A client's payload is masked, in place if the caller
    /// gives up its only reference to it.
    public func gather(
        _ opcode: Opcode, _ payload: consuming ByteBuffer, fin: Bool = true, reserved: ReservedBits = [],
        into out: inout ByteBuffer
    ) -> ByteBuffer? {
        let length = payload.readableBytes
        guard length >= Self.gatherThreshold, !opcode.isControl else {
            writeFrame(opcode, payload, fin: fin, reserved: reserved, into: &out)
            return nil
        }
        let key = writeHeader(opcode, payloadLength: length, fin: fin, reserved: reserved, reserving: 0, into: &out)
        mask(last: length, of: &payload, with: key)
        return payload
    }

    /// Appends the header with room for `reserving` further bytes; returns the key for the payload, nil for a server.
    private func writeHeader(
        _ opcode: Opcode, payloadLength: Int, fin: Bool = true, reserved: ReservedBits = [], reserving: Int,
        into out: inout ByteBuffer
    ) -> MaskingKey? {
        let header = FrameHeader(
            opcode: opcode, payloadLength: payloadLength, fin: fin, reserved: reserved,
            mask: role == .client ? .random() : nil)
        out.reserveCapacity(minimumWritableBytes: header.encodedSize + reserving)
        header.encode(into: &out)
        return header.mask
    }

    private func mask(last length: Int, of out: inout ByteBuffer, with key: MaskingKey?) {
        key?.apply(to: &out, at: out.writerIndex - length, length: length)
    }
}
