// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// One connection's permessage-deflate (RFC 7692), as its handshake has agreed on it.
///
/// A compressed message is written with `reserved: .rsv1`:
/// ```swift
/// if let payload = deflate.compress(text) { encoder.writeFrame(.text, payload, reserved: .rsv1, into: &out) }
/// ```
/// Not safe to be used by several threads at once, like the ``DeflateContexts`` that it borrows from.
public final class PerMessageDeflate {
    /// What was agreed on.
    public let parameters: DeflateParameters
    private let role: WebSocketRole
    private let contexts: DeflateContexts
    /// The context of what was sent, where it is kept.
    private var deflater: Deflater?
    /// The context of what was received where it is kept, else of the message that is arriving.
    private var inflater: Inflater?

    /// An extension without contexts yet: they are made, or borrowed, for the first message.
    public init(role: WebSocketRole, parameters: DeflateParameters, contexts: DeflateContexts) {
        self.role = role
        self.parameters = parameters
        self.contexts = contexts
    }

    // MARK: Sending

    /// Whether a message of that many bytes is large enough to be worth it; see ``DeflateConfiguration/threshold``.
    public func isWorthwhile(_ byteCount: Int) -> Bool { byteCount >= contexts.configuration.threshold }

    /// A text's payload, compressed (RFC 7692 §7.2.1); nil if the message has to be sent as it is, because it would not
    /// become smaller, is empty, or there is no memory.
    ///
    /// Each payload must be sent, and in this order: later ones may refer to it.
    public func compress(_ text: String) -> ByteBuffer? {
        var text = text
        return text.withUTF8 { compress(UnsafeRawBufferPointer($0), keepingContext: keepsSent) }
    }

    /// A binary message's payload, compressed; as ``compress(_:)-(String)``.
    public func compress(_ message: ByteBuffer) -> ByteBuffer? {
        message.withUnsafeReadableBytes { compress($0, keepingContext: keepsSent) }
    }

    private var keepsSent: Bool { !parameters.noContextTakeover(role) }

    private func compress(_ message: UnsafeRawBufferPointer, keepingContext: Bool) -> ByteBuffer? {
        guard message.count > 0 else { return nil }
        let windowBits = parameters.maxWindowBits(role)
        guard keepingContext else {
            guard let shared = contexts.deflater(windowBits) else { return nil }
            defer { shared.reset() }
            return contexts.withScratch { shared.compress(message, into: &$0, limit: message.count - 1) }
        }
        guard let own = deflater ?? contexts.makeDeflater(windowBits) else { return nil }
        deflater = own
        // Once it is in the context it has to be sent, smaller or not.
        let payload = contexts.withScratch { own.compress(message, into: &$0, limit: .max) }
        if payload == nil { own.reset() }
        return payload
    }

    // MARK: Messages for many

    /// The window of the frames that ``frame(text:)`` makes: connections with the same can be sent the same bytes.
    public var sharedWindowBits: Int { Deflater.windowBits(for: parameters.maxWindowBits(role)) }

    /// A whole frame of a text, compressed without a context if that makes it smaller. A server's frames are not masked,
    /// so it fits all connections with the same ``sharedWindowBits``, each of which must be told by
    /// ``sharedFrameSent()``.
    public func frame(text: String) -> ByteBuffer {
        var text = text
        return frame(.text, text.withUTF8 { compress(UnsafeRawBufferPointer($0), keepingContext: false) }) {
            FrameEncoder(role: role).writeText(text, into: &$0)
        }
    }

    /// A whole frame of a binary message, as ``frame(text:)``.
    public func frame(binary message: ByteBuffer) -> ByteBuffer {
        frame(.binary, message.withUnsafeReadableBytes { compress($0, keepingContext: false) }) {
            FrameEncoder(role: role).writeBinary(message, into: &$0)
        }
    }

    private func frame(_ opcode: Opcode, _ payload: ByteBuffer?, else writePlain: (inout ByteBuffer) -> Void)
        -> ByteBuffer
    {
        var frame = ByteBuffer()
        if let payload {
            FrameEncoder(role: role).writeFrame(opcode, payload, reserved: .rsv1, into: &frame)
        } else {
            writePlain(&frame)
        }
        return frame
    }

    /// A shared frame was sent. It is in the peer's context and not in ours, so ours begins anew: what follows refers to
    /// nothing before itself.
    public func sharedFrameSent() {
        deflater?.reset()
    }

    // MARK: Receiving

    /// Decompresses a piece of a message; see ``Inflater/inflate(_:into:limit:)``.
    func inflate(_ piece: ByteBuffer, into out: inout ByteBuffer, limit: Int) throws(WebSocketError) {
        let inflater = try currentInflater()
        try piece.withUnsafeReadableBytes { bytes throws(WebSocketError) in
            try inflater.inflate(bytes, into: &out, limit: limit)
        }
    }

    /// Ends a message; a context that is not kept goes back to the others.
    func finishMessage(into out: inout ByteBuffer, limit: Int) throws(WebSocketError) {
        let inflater = try currentInflater()
        try inflater.finishMessage(into: &out, limit: limit)
        guard parameters.noContextTakeover(peer) else { return }
        self.inflater = nil
        contexts.giveBack(inflater)
    }

    private func currentInflater() throws(WebSocketError) -> Inflater {
        if let inflater { return inflater }
        let windowBits = parameters.maxWindowBits(peer)
        let new =
            parameters.noContextTakeover(peer) ? contexts.takeInflater(windowBits) : Inflater(windowBits: windowBits)
        guard let new else { throw .noMemory }
        inflater = new
        return new
    }

    private var peer: WebSocketRole { role == .server ? .client : .server }
}
