// SPDX-License-Identifier: Apache-2.0

/// Every violation that the decoder reports, with its close code at one place.
extension WebSocketError {
    static var reservedBits: Self { Self(.reservedBits, .protocolError, "reserved bits are set") }

    static func reservedOpcode(_ opcode: UInt8) -> Self {
        Self(.reservedOpcode, .protocolError, "opcode \(opcode) is reserved")
    }

    static var unmaskedByClient: Self { Self(.masking, .protocolError, "a client's frame must be masked") }

    static var maskedByServer: Self { Self(.masking, .protocolError, "a server's frame must not be masked") }

    static var lengthNotMinimal: Self { Self(.length, .protocolError, "the length is not in its shortest form") }

    static var lengthOutOfRange: Self { Self(.length, .protocolError, "the length is 2^63 or more") }

    static var fragmentedControl: Self { Self(.controlFrame, .protocolError, "a control frame is fragmented") }

    static var controlTooLong: Self {
        Self(.controlFrame, .protocolError, "a control frame is longer than 125 bytes")
    }

    static var unexpectedContinuation: Self {
        Self(.fragmentation, .protocolError, "a continuation frame without a message to continue")
    }

    static var expectedContinuation: Self {
        Self(.fragmentation, .protocolError, "a new message before the end of the last one")
    }

    static var closePayloadTooShort: Self { Self(.closePayload, .protocolError, "a close frame of one byte") }

    static func invalidCloseCode(_ code: CloseCode) -> Self {
        Self(.closePayload, .protocolError, "close code \(code) must not be sent")
    }

    static var invalidText: Self { Self(.utf8, .invalidPayload, "text is not UTF-8") }

    static var invalidReason: Self { Self(.utf8, .invalidPayload, "the close reason is not UTF-8") }

    static var invalidDeflateData: Self {
        Self(.compression, .protocolError, "a compressed message is not valid DEFLATE data")
    }

    static var noMemory: Self { Self(.memory, .internalError, "no memory to decompress a message") }

    static func frameTooLarge(limit: Int) -> Self {
        Self(.frameTooLarge, .messageTooBig, "a frame is larger than \(limit) bytes")
    }

    static func messageTooLarge(limit: Int) -> Self {
        Self(.messageTooLarge, .messageTooBig, "a message is larger than \(limit) bytes")
    }

    // 1008 and not 1009: such a message may be small, it is its form that is refused.
    static func tooManyFragments(limit: Int) -> Self {
        Self(.tooManyFragments, .policyViolation, "a message has more than \(limit) small fragments")
    }
}
