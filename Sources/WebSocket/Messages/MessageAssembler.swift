// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The message that arrives in several frames or several reads: its bytes so far, checked as they come.
struct MessageAssembler: Sendable {
    /// The kind of the message in progress; nil between messages.
    private(set) var opcode: Opcode?
    /// The bytes so far, unmasked and decompressed.
    private(set) var payload = ByteBuffer()
    /// Whether the message comes compressed (RFC 7692 §6).
    private(set) var isCompressed = false
    /// How many compressed bytes its frames have announced.
    private var compressedSize = 0
    private var frames = 0
    private var validator = UTF8Validator()
    /// How many bytes of `payload` the validator has seen.
    private var validated = 0

    /// The least bytes that make a fragment worth its header and the time that it takes.
    private static let usefulFragment = 64

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
            isCompressed = header.reserved.contains(.rsv1)
        }
        frames += 1
        // Fragments that carry something are bounded by the size of the message.
        let useful = (isCompressed ? compressedSize : payload.readableBytes) / Self.usefulFragment
        if configuration.maxFragments > 0, frames > configuration.maxFragments + useful {
            throw .tooManyFragments(limit: configuration.maxFragments)
        }
        let limit = configuration.messageLimit
        guard isCompressed else {
            guard header.payloadLength <= limit - payload.readableBytes else { throw .messageTooLarge(limit: limit) }
            return
        }
        // Blocks may say nothing at all: they must end, too.
        compressedSize += header.payloadLength
        let compressedLimit = WebSocketDecoder.Configuration.compressedLimit(limit)
        guard compressedSize <= compressedLimit else { throw .messageTooLarge(limit: limit) }
    }

    /// Appends `count` bytes from the start of `source`, of a frame that has `remaining` bytes to come, these included.
    mutating func append(_ count: Int, from source: inout ByteBuffer, remaining: Int) {
        guard count > 0, let part = source.readSlice(length: count) else { return }
        // In proportion to what has come, since an announced length costs the peer nothing.
        payload.reserveCapacity(minimumWritableBytes: max(count, min(remaining, 4 * count, Self.maxReservation)))
        payload.appendLong(part)
    }

    /// Decompresses a piece of a frame, up to the limit of the message. Text that is not UTF-8 is refused first, so that
    /// the outcome does not depend on how the message was cut.
    mutating func inflate(
        _ piece: ByteBuffer, with deflate: PerMessageDeflate, configuration: WebSocketDecoder.Configuration
    ) throws(WebSocketError) {
        do throws(WebSocketError) {
            try deflate.inflate(piece, into: &payload, limit: configuration.messageLimit)
        } catch {
            try check()
            throw error
        }
    }

    /// Ends what is decompressed of the message.
    mutating func finishInflating(
        with deflate: PerMessageDeflate, configuration: WebSocketDecoder.Configuration
    ) throws(WebSocketError) {
        do throws(WebSocketError) {
            try deflate.finishMessage(into: &payload, limit: configuration.messageLimit)
        } catch {
            try check()
            throw error
        }
        try check()
    }

    /// Unmasks the last `count` bytes.
    mutating func unmask(last count: Int, with key: MaskingKey) {
        key.apply(to: &payload, at: payload.writerIndex - count, length: count)
    }

    /// Checks what was appended since the last call.
    mutating func check() throws(WebSocketError) {
        guard isText, validated < payload.readableBytes else { return }
        let start = validated
        validated = payload.readableBytes
        let valid = payload.withUnsafeReadableBytes { bytes in
            validator.consume(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
        guard valid else { throw .invalidText }
    }

    /// Ends a message that has arrived as one whole frame, which is handed out as it is.
    mutating func finish(with whole: consuming ByteBuffer) throws(WebSocketError) -> WebSocketEvent {
        if isText {
            let valid = whole.withUnsafeReadableBytes { bytes in validator.consume(bytes) }
            guard valid, validator.isComplete else { throw .invalidText }
        }
        let event: WebSocketEvent = isText ? .text(whole) : .binary(whole)
        reset()
        return event
    }

    /// Ends the message after its last frame and hands it out.
    mutating func finish() throws(WebSocketError) -> WebSocketEvent {
        guard !isText || validator.isComplete else { throw .invalidText }
        let event: WebSocketEvent = isText ? .text(payload) : .binary(payload)
        payload = ByteBuffer()
        reset()
        return event
    }

    /// Back to between messages; `payload` is not touched, since most messages never use it.
    private mutating func reset() {
        opcode = nil
        isCompressed = false
        compressedSize = 0
        frames = 0
        validator = UTF8Validator()
        validated = 0
    }

    private var isText: Bool { opcode == .text }
}
