// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// Turns the bytes of a connection into messages and control frames (RFC 6455 §5, §6.2), for either role.
///
/// Feed what was read, then call ``next()`` until it returns nil:
/// ```swift
/// decoder.feed(bytes)
/// while let event = try decoder.next() { … }
/// ```
/// A message that arrives in one frame and one read is handed out as a slice of that read. Memory for a message in
/// progress grows with what has arrived, up to the limits of ``Configuration``.
/// With ``PerMessageDeflate`` a message is decompressed as it arrives, and refused as early.
public struct WebSocketDecoder: ~Copyable {
    /// Which end this decoder reads for.
    public let role: WebSocketRole
    /// The limits.
    public let configuration: Configuration
    /// Whether a close frame was received or an error thrown: further bytes are dropped and no event follows.
    public private(set) var isFinished = false

    /// What was fed and not decoded yet; payloads in it are unmasked already.
    var input = ByteBuffer()
    var unmasker = InputUnmasker()
    var message = MessageAssembler()
    /// The data frame of which a part has gone to `message`.
    private var frame: PartialFrame?
    /// Whether a message has begun and not ended.
    public var isInMessage: Bool { message.opcode != nil }
    /// Whether a message or a frame has begun and not ended.
    public var isUnfinished: Bool { isInMessage || input.readableBytes > 0 }
    private let deflate: PerMessageDeflate?

    private struct PartialFrame {
        /// Payload bytes still to come.
        var remaining: Int
        let fin: Bool
    }

    /// A decoder at the first byte after the handshake.
    ///
    /// - Parameter deflate: the connection's permessage-deflate, if it was agreed on: then RSV1 is allowed.
    public init(role: WebSocketRole, configuration: Configuration = Configuration(), deflate: PerMessageDeflate? = nil)
    {
        self.role = role
        self.deflate = deflate
        var configuration = configuration
        configuration.allowedReserved = deflate == nil ? [] : .rsv1
        self.configuration = configuration
    }

    /// Takes bytes of the connection. A server's decoder unmasks in place if the caller gives up its only reference
    /// to the buffer's storage, and copies the readable bytes once if not.
    public mutating func feed(_ buffer: consuming ByteBuffer) {
        guard !isFinished else { return }
        absorb(&buffer)
        guard buffer.readableBytes > 0 else { return }
        enqueue(buffer)
    }

    /// The next event; nil if more bytes are needed, and for ever after a close frame or an error.
    ///
    /// - Throws: The peer's violation; send its close code and end the connection (RFC 6455 §7.1.7).
    public mutating func next() throws(WebSocketError) -> WebSocketEvent? {
        guard !isFinished else { return nil }
        do throws(WebSocketError) {
            guard let event = try decode() else {
                settle()
                return nil
            }
            return event
        } catch {
            finish()
            throw error
        }
    }

    private mutating func decode() throws(WebSocketError) -> WebSocketEvent? {
        while true {
            if let event = try continueFrame() { return event }
            guard frame == nil else { return nil }
            guard let header = try nextHeader() else { return nil }
            let size = header.encodedSize
            let isWhole = header.payloadLength <= input.readableBytes - size

            if header.opcode.isControl {
                guard isWhole else { return nil }
                let payload = takePayload(of: header)
                if header.opcode == .close { finish() }
                return try .control(header.opcode, payload: payload)
            }
            try message.begin(header, configuration: configuration)
            if isWhole, header.fin, header.opcode != .continuation, !message.isCompressed {
                return try message.finish(with: takePayload(of: header))
            }
            input.moveReaderIndex(forwardBy: size)
            frame = PartialFrame(remaining: header.payloadLength, fin: header.fin)
        }
    }

    private func nextHeader() throws(WebSocketError) -> FrameHeader? {
        // Not through `self`: the closure would retain all of it for each frame.
        let (role, configuration) = (role, configuration)
        return try input.withUnsafeReadableBytes { bytes throws(WebSocketError) in
            try FrameHeader.decode(from: bytes, at: 0, role: role, configuration: configuration)
        }
    }

    /// Moves what has arrived of the current frame to the message; the event if that completes the message.
    private mutating func continueFrame() throws(WebSocketError) -> WebSocketEvent? {
        guard var current = frame else { return nil }
        let count = min(current.remaining, input.readableBytes)
        if message.isCompressed {
            try inflate(count)
        } else {
            message.append(count, from: &input, remaining: current.remaining)
        }
        current.remaining -= count
        try message.check()
        guard current.remaining == 0 else {
            frame = current
            return nil
        }
        frame = nil
        guard current.fin else { return nil }
        if message.isCompressed, let deflate {
            try message.finishInflating(with: deflate, configuration: configuration)
        }
        return try message.finish()
    }

    /// Decompresses the next `count` bytes of the input.
    private mutating func inflate(_ count: Int) throws(WebSocketError) {
        // Without the extension no message is marked as compressed.
        guard count > 0, let deflate, let piece = input.readSlice(length: count) else { return }
        try message.inflate(piece, with: deflate, configuration: configuration)
    }

    /// The payload of a frame that is whole in the input, as a slice of it.
    private mutating func takePayload(of header: FrameHeader) -> ByteBuffer {
        input.moveReaderIndex(forwardBy: header.encodedSize)
        return input.readSlice(length: header.payloadLength) ?? ByteBuffer()
    }

    /// Takes the bytes of a frame in progress straight to the message, so that a large message is copied once.
    private mutating func absorb(_ buffer: inout ByteBuffer) {
        // While a frame waits for bytes the input is empty: it has given the frame all that it had.
        // Compressed bytes go through it, since they must be unmasked before they are decompressed.
        guard let current = frame, !message.isCompressed else { return }
        let count = min(current.remaining, buffer.readableBytes)
        message.append(count, from: &buffer, remaining: current.remaining)
        if role == .server {
            message.unmask(last: count, with: unmasker.bypass(count))
        }
        frame?.remaining -= count
    }

    private mutating func finish() {
        isFinished = true
        input = ByteBuffer()
        message = MessageAssembler()
        frame = nil
    }
}
