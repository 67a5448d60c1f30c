// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
public import NIOCore

/// A WebSocket consumer whose messages are JSON of one type (Channels' `AsyncJsonWebsocketConsumer`).
///
/// ```swift
/// final class Game: JSONConsumer<Move> {
///     override func receive(json move: Move) async throws { try await send(json: State(after: move)) }
/// }
/// ```
/// Text that is not such JSON is answered with an error frame and the socket stays open; see ``rejected(_:)``.
open class JSONConsumer<Incoming: Decodable>: Consumer {
    /// A message came.
    open func receive(json: Incoming) async throws {}

    /// Makes a message of a text. Default: Foundation's JSON decoder.
    open func decode(_ text: String) throws -> Incoming {
        try JSONDecoder().decode(Incoming.self, from: Data(text.utf8))
    }

    /// Makes a text of a message. Default: Foundation's JSON encoder with sorted keys and unescaped slashes.
    open func encode(_ message: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(message), as: UTF8.self)
    }

    /// A text could not be decoded. Default: the client is sent
    /// `{"type":"error","code":"bad_message","message":"…"}`, without what the text was.
    open func rejected(_ error: any Error) async throws {
        try await send(json: JSONErrorFrame(code: "bad_message", message: Self.reason(error)))
    }

    /// Sends a message as JSON.
    ///
    /// - Throws: what ``encode(_:)`` throws, and `SendError` when the connection is closed.
    public final func send(json message: some Encodable) async throws {
        try await send(text: try encode(message))
    }

    /// Decodes, then calls ``receive(json:)``.
    public final override func receive(text: String) async throws {
        let message: Incoming
        do {
            message = try decode(text)
        } catch {
            return try await rejected(error)
        }
        try await receive(json: message)
    }

    /// A binary message is a fault of the client: the connection is closed with 1003 (as in Channels, an error).
    open override func receive(bytes: ByteBuffer) async throws {
        throw ConsumerError(.unsupportedData, "\(type(of: self)) takes JSON in text messages, not bytes")
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "the message is not valid" }
        switch error {
        case .keyNotFound(let key, _): return "'\(key.stringValue)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "the message has the wrong form" : "'\(path)' has the wrong type"
        default: return "the message is not valid JSON"
        }
    }
}

/// An error that a client is told: `{"type":"error","code":…,"message":…}`.
public struct JSONErrorFrame: Codable, Sendable, Hashable {
    /// Always `error`.
    public var type = "error"
    /// A word for programs, such as `bad_message`.
    public var code: String
    /// A sentence for people.
    public var message: String

    /// An error frame.
    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}
