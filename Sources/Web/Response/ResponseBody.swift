// SPDX-License-Identifier: Apache-2.0

public import NIOCore
import SluiceCore

/// A response's body: bytes at hand, or bytes that are made while they are sent.
public struct ResponseBody: Sendable {
    enum Content: Sendable {
        case bytes(ByteBuffer)
        case stream(length: Int?, @Sendable (ResponseWriter) async throws -> Void)
    }

    let content: Content

    /// No bytes.
    public static let empty = Self(content: .bytes(ByteBuffer()))

    /// Bytes at hand.
    public static func bytes(_ bytes: ByteBuffer) -> Self {
        Self(content: .bytes(bytes))
    }

    /// The UTF-8 of a text.
    public static func text(_ text: String) -> Self {
        Self(content: .bytes(ByteBuffer(string: text)))
    }

    /// Bytes that `write` makes; it is not called for HEAD. A throw after the first byte breaks the connection off, so
    /// that the client does not take the part for the whole.
    ///
    /// - Parameter length: The exact number of bytes when it is known; without it the body is sent chunked.
    public static func stream(
        length: Int? = nil, _ write: @escaping @Sendable (ResponseWriter) async throws -> Void
    ) -> Self {
        Self(content: .stream(length: length, write))
    }

    /// The number of bytes; `nil` when it is not known before they are made.
    public var length: Int? {
        switch content {
        case .bytes(let bytes): bytes.readableBytes
        case .stream(let length, _): length
        }
    }
}

/// Where a streaming view puts its bytes. A write waits while the client does not read.
public struct ResponseWriter: Sendable {
    let send: Send<HTTP>

    /// Sends a piece; an empty one is left out.
    ///
    /// - Throws: `SendError.connectionClosed` when the client has gone, `CancellationError`.
    public func write(_ bytes: ByteBuffer) async throws {
        guard bytes.readableBytes > 0 else { return }
        try await send(.responseBody(bytes, moreBody: true))
    }

    /// Sends the UTF-8 of a text.
    ///
    /// - Throws: as ``write(_:)-(ByteBuffer)``.
    public func write(_ text: String) async throws {
        try await write(ByteBuffer(string: text))
    }
}
