// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// A message encoded once as a server's frame, to be written to any number of connections. A server's frames are not
/// masked, so they are the same for all.
public final class PreparedMessage: Sendable {
    /// A class of connections that can share the same bytes: those that negotiated the same extensions.
    public struct Encoding: Hashable, Sendable {
        private enum Value { case plain }

        private let value: Value

        /// No extension: RFC 6455 alone.
        public static let plain = Encoding(value: .plain)
    }

    /// ``Opcode/text`` or ``Opcode/binary``.
    public let opcode: Opcode
    /// The size of the message itself in bytes, without the header.
    public let payloadSize: Int
    private let plain: ByteBuffer

    /// Encodes a text message.
    public init(text: String) {
        var frame = ByteBuffer()
        FrameEncoder(role: .server).writeText(text, into: &frame)
        opcode = .text
        payloadSize = text.utf8.count
        plain = frame
    }

    /// Encodes a binary message.
    public init(binary: ByteBuffer) {
        var frame = ByteBuffer()
        FrameEncoder(role: .server).writeBinary(binary, into: &frame)
        opcode = .binary
        payloadSize = binary.readableBytes
        plain = frame
    }

    /// The whole frame for connections of that class: each time the same storage, which is never written again.
    public func frame(for encoding: Encoding = .plain) -> ByteBuffer {
        plain
    }
}
