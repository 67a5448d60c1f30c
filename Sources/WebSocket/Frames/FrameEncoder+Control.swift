// SPDX-License-Identifier: Apache-2.0

public import NIOCore

extension FrameEncoder {
    /// Appends a ping; of `payload` the first 125 bytes are sent (RFC 6455 §5.5.2).
    public func writePing(_ payload: ByteBuffer = ByteBuffer(), into out: inout ByteBuffer) {
        writeFrame(.ping, payload, into: &out)
    }

    /// Appends a pong with the payload of the ping that it answers (RFC 6455 §5.5.3).
    public func writePong(_ payload: ByteBuffer = ByteBuffer(), into out: inout ByteBuffer) {
        writeFrame(.pong, payload, into: &out)
    }

    /// Appends a close frame (RFC 6455 §5.5.1). No data frame may follow it.
    ///
    /// - Parameters:
    ///   - code: Nil, or a code that must not be on the wire (1005, 1006, 1015, …), sends an empty close frame, which
    ///     the peer reports as 1005.
    ///   - reason: UTF-8 for the peer's log, cut to 123 bytes at the end of a scalar; dropped without a code.
    public func writeClose(_ code: CloseCode?, reason: String = "", into out: inout ByteBuffer) {
        var payload = ByteBuffer()
        if let code, code.isValidOnWire {
            payload.writeInteger(code.rawValue)
            payload.writeBytes(Self.cut(reason, to: FrameHeader.maxControlPayload - 2))
        }
        writeFrame(.close, payload, into: &out)
    }

    /// The longest prefix of whole scalars within `limit` bytes.
    private static func cut(_ text: String, to limit: Int) -> Substring.UTF8View {
        let bytes = text.utf8
        guard var end = bytes.index(bytes.startIndex, offsetBy: limit, limitedBy: bytes.endIndex) else {
            return bytes[...]
        }
        while end > bytes.startIndex, end < bytes.endIndex, bytes[end] & 0xC0 == 0x80 {
            end = bytes.index(before: end)
        }
        return bytes[..<end]
    }
}
