// SPDX-License-Identifier: Apache-2.0

/// A violation of the protocol or of a limit by the peer, or no memory for what it sends. The connection is failed with ``closeCode``
/// (RFC 6455 §7.1.7).
public struct WebSocketError: Error, Hashable, Sendable {
    /// What was violated.
    public let code: Code
    /// The code to send in the close frame: 1002, 1007, 1008, 1009 or, for `memory`, 1011.
    public let closeCode: CloseCode
    /// One line for the log and for the close frame's reason, at most 123 bytes; it quotes no payload.
    public let reason: String

    init(_ code: Code, _ closeCode: CloseCode, _ reason: String) {
        self.code = code
        self.closeCode = closeCode
        self.reason = reason
    }

    /// The kinds of violations. More may be added.
    public struct Code: Hashable, Sendable {
        private enum Value {
            case reservedBits, reservedOpcode, masking, length, controlFrame, fragmentation, closePayload, utf8
            case frameTooLarge, messageTooLarge, tooManyFragments, compression, memory
        }

        private let value: Value

        private init(_ value: Value) {
            self.value = value
        }

        /// A reserved bit was set without an extension that allows it (RFC 6455 §5.2).
        public static let reservedBits = Code(.reservedBits)
        /// An opcode without a meaning (RFC 6455 §5.2).
        public static let reservedOpcode = Code(.reservedOpcode)
        /// A client's frame without a mask or a server's with one (RFC 6455 §5.1).
        public static let masking = Code(.masking)
        /// A length not in its shortest form, or 2^63 and above (RFC 6455 §5.2).
        public static let length = Code(.length)
        /// A control frame that is fragmented or longer than 125 bytes (RFC 6455 §5.5).
        public static let controlFrame = Code(.controlFrame)
        /// A continuation without a start, or a new message before the end of the last (RFC 6455 §5.4).
        public static let fragmentation = Code(.fragmentation)
        /// A close frame with a payload of one byte or a code that must not be sent (RFC 6455 §5.5.1, §7.4).
        public static let closePayload = Code(.closePayload)
        /// Text or a close reason that is not UTF-8 (RFC 6455 §8.1).
        public static let utf8 = Code(.utf8)
        /// A frame above `maxFrameSize`.
        public static let frameTooLarge = Code(.frameTooLarge)
        /// A message above `maxMessageSize`.
        public static let messageTooLarge = Code(.messageTooLarge)
        /// A compressed message that is not DEFLATE data (RFC 7692 §7.2.2).
        public static let compression = Code(.compression)
        /// There is no memory to decompress a message: not the peer's fault.
        public static let memory = Code(.memory)
        /// A message of more frames than `maxFragments`.
        public static let tooManyFragments = Code(.tooManyFragments)
    }
}

extension WebSocketError: CustomStringConvertible {
    /// The close code and the reason.
    public var description: String { "\(closeCode): \(reason)" }
}
