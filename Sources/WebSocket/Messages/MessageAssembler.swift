// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The message that arrives in several frames or several reads: its bytes so far, checked as they come.
struct MessageAssembler: Sendable {
    /// The kind of the message in progress; nil between messages.
    private(set) var opcode: Opcode?
    /// The bytes so far, unmasked.
    private(set) var payload = ByteBuffer()
    private var reserved: ReservedBits = []
    private var frames = 0
    private var validator = UTF8Validator()
    /// How many bytes of `payload` the validator has seen.
    private var validated = 0

    /// The most bytes reserved ahead of their arrival.
    private static let maxReservation = 64 << 10

    /// Takes the header of the next data frame, whether it starts a message or continues one.
    mutating func begin(
        _ header: FrameHeader, configuration: WebSocketDecoder.Configuration
    ) throws(WebSocketError) {
        if header.opcode == .continuation {
            guard opcode != nil else { throw .unexpectedContinuation }
        } else {
            guard opcode == nil else { throw .expectedContinuation }
            opcode = header.opcode
            reserved = header.reserved
        }
        frames += 1
        if configuration.maxFragments > 0, frames > configuration.maxFragments {
            throw .tooManyFragments(limit: configuration.maxFragments)
        }
        let size = payload.readableBytes
        let limit = configuration.messageLimit
        guard header.payloadLength <= limit - size else { throw .messageTooLarge(limit: limit) }
    }

    /// Appends `count` bytes from the start of `source`, of a frame that has `remaining` bytes to come, these included.
    mutating func append(_ count: Int, from source: inout ByteBuffer, remaining: Int) {
        guard count > 0, var part = source.readSlice(length: count) else { return }
        // In proportion to what has come, since an announced length costs the peer nothing.
        payload.reserveCapacity(minimumWritableBytes: max(count, min(remaining, 4 * count, Self.maxReservation)))
        payload.writeBuffer(&part)
    }

    /// Unmasks the last `count` bytes.
    mutating func unmask(last count: Int, with key: MaskingKey) {
        key.apply(to: &payload, at: payload.writerIndex - count, length: count)
    }

    /// Checks what was appended since the last call.
    mutating func check() throws(WebSocketError) {
        guard isCheckedText, validated < payload.readableBytes else { return }
        let start = validated
        validated = payload.readableBytes
        let valid = payload.withUnsafeReadableBytes { bytes in
            validator.consume(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
        guard valid else { throw .invalidText }
    }

    /// Ends a message that has arrived as one whole frame, which is handed out as it is.
    mutating func finish(with whole: consuming ByteBuffer) throws(WebSocketError) -> WebSocketEvent {
        if isCheckedText {
            let valid = whole.withUnsafeReadableBytes { bytes in validator.consume(bytes) }
            guard valid, validator.isComplete else { throw .invalidText }
        }
        let event = WebSocketEvent.message(opcode ?? .binary, reserved, whole)
        reset()
        return event
    }

    /// Ends the message after its last frame and hands it out.
    mutating func finish() throws(WebSocketError) -> WebSocketEvent {
        guard !isCheckedText || validator.isComplete else { throw .invalidText }
        let event = WebSocketEvent.message(opcode ?? .binary, reserved, payload)
        payload = ByteBuffer()
        reset()
        return event
    }

    /// Back to between messages; `payload` is not touched, since most messages never use it.
    private mutating func reset() {
        opcode = nil
        reserved = []
        frames = 0
        validator = UTF8Validator()
        validated = 0
    }

    /// Text that an extension has transformed is text only once the extension has undone that.
    private var isCheckedText: Bool { opcode == .text && reserved.isEmpty }
}

extension WebSocketEvent {
    /// The event of a whole message whose text has been checked.
    static func message(_ opcode: Opcode, _ reserved: ReservedBits, _ payload: ByteBuffer) -> WebSocketEvent {
        guard reserved.isEmpty else {
            return .extended(ExtendedMessage(opcode: opcode, reserved: reserved, payload: payload))
        }
        return opcode == .text ? .text(payload) : .binary(payload)
    }
}
