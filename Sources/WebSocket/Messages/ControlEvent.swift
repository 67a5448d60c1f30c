// SPDX-License-Identifier: Apache-2.0

import NIOCore

extension WebSocketEvent {
    /// The event of a control frame. A close frame's payload is empty, or a code and a UTF-8 reason (RFC 6455 §5.5.1).
    static func control(_ opcode: Opcode, payload: ByteBuffer) throws(WebSocketError) -> WebSocketEvent {
        switch opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong(payload)
        default: return try close(payload)
        }
    }

    private static func close(_ payload: ByteBuffer) throws(WebSocketError) -> WebSocketEvent {
        var payload = payload
        guard payload.readableBytes > 0 else { return .close(nil, reason: "") }
        guard let number = payload.readInteger(as: UInt16.self) else { throw .closePayloadTooShort }
        let code = CloseCode(rawValue: number)
        guard code.isValidOnWire else { throw .invalidCloseCode(code) }
        let bytes = payload.readableBytesView
        guard let reason = String(validating: bytes, as: UTF8.self) else { throw .invalidReason }
        return .close(code, reason: reason)
    }
}
