// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import SluiceWebSocket

extension PerMessageDeflate {
    /// Whether a message is to be compressed.
    func takes(_ message: WebSocketMessage, _ compression: MessageCompression) -> Bool {
        switch compression {
        case .automatic: isWorthwhile(message.byteCount)
        case .always: true
        case .never: false
        }
    }
}

extension SharedMessage {
    /// The message's frame for a connection: made for the first one of its class, whatever it was compressed with.
    func frame(for deflate: PerMessageDeflate?) -> ByteBuffer {
        guard let deflate, deflate.takes(message, compression) else {
            return encoding(.plainFrame) { message in
                var frame = ByteBuffer()
                switch message {
                case .text(let text): FrameEncoder(role: .server).writeText(text, into: &frame)
                case .bytes(let bytes): FrameEncoder(role: .server).writeBinary(bytes, into: &frame)
                }
                return frame
            }
        }
        let frame = encoding(.deflatedFrame(windowBits: deflate.sharedWindowBits)) { message in
            switch message {
            case .text(let text): deflate.frame(text: text)
            case .bytes(let bytes): deflate.frame(binary: bytes)
            }
        }
        deflate.sharedFrameSent()
        return frame
    }
}
