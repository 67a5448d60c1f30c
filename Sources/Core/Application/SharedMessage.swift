// SPDX-License-Identifier: Apache-2.0

public import NIOCore
import Synchronization

/// One message for many sockets: encoded once for each class of receivers, then the same bytes for all of them.
public final class SharedMessage: Sendable {
    /// A way of encoding that several receivers share, such as plain frames, or frames compressed without context.
    public struct EncodingClass: RawRepresentable, Hashable, Sendable {
        /// A number of the host's choice.
        public let rawValue: UInt8

        /// A class.
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Unmasked, uncompressed WebSocket frames (RFC 6455).
        public static let plainFrame = Self(rawValue: 0)

        /// Unmasked WebSocket frames, compressed without a context for a window of so many bits, 9...15 (RFC 7692).
        public static func deflatedFrame(windowBits: Int) -> Self {
            Self(rawValue: UInt8(clamping: windowBits))
        }
    }

    /// The message.
    public let message: WebSocketMessage
    /// Whether it is compressed for those clients that agreed to it.
    public let compression: MessageCompression
    private let encodings = Mutex<[EncodingClass: ByteBuffer]>([:])

    /// A message that nobody has encoded yet.
    public init(_ message: WebSocketMessage, compression: MessageCompression = .automatic) {
        self.message = message
        self.compression = compression
    }

    /// The message's bytes for a class of receivers; `encode` is called for the first one only.
    public func encoding(_ encodingClass: EncodingClass, encode: (WebSocketMessage) -> ByteBuffer) -> ByteBuffer {
        encodings.withLock { encodings in
            if let bytes = encodings[encodingClass] { return bytes }
            let bytes = encode(message)
            encodings[encodingClass] = bytes
            return bytes
        }
    }
}
