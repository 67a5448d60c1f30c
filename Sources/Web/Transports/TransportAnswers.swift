// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
import NIOCore
import SluiceCore

extension Response {
    /// A value as JSON that nobody keeps, its members in the order of their names.
    static func transport(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Self {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var response = Response.json(ByteBuffer(bytes: try encoder.encode(value)), status: status)
        response.headers[.cacheControl] = "no-store"
        return response
    }
}

/// The answer to a handshake.
struct OpenedSession: Encodable {
    let session: String
    let `protocol`: String?
}

/// How a session has ended.
struct ClosedSession: Encodable {
    let code: UInt16
    let reason: String

    init(_ end: TransportSession.End) {
        (code, reason) = (end.code.rawValue, end.reason)
    }
}

/// The answer to a poll: messages with their numbers, and how the session has ended, if it has.
struct PolledMessages: Encodable {
    struct Message: Encodable {
        let id: Int
        let text: String?
        /// In base64.
        let bytes: String?
    }

    let messages: [Message]
    let close: ClosedSession?

    init(_ batch: TransportSession.Batch) {
        messages = batch.messages.map { message in
            switch message.message {
            case .text(let text): Message(id: message.number, text: text, bytes: nil)
            case .bytes(let bytes): Message(id: message.number, text: nil, bytes: bytes.base64)
            }
        }
        close = batch.end.map(ClosedSession.init)
    }
}

extension TransportSession.Numbered {
    /// The message in an event stream: its text, or its bytes in base64 under the name `bytes`.
    var event: ServerSentEvent {
        switch message {
        case .text(let text): ServerSentEvent(text, id: String(number))
        case .bytes(let bytes): ServerSentEvent(bytes.base64, event: "bytes", id: String(number))
        }
    }
}

extension ByteBuffer {
    fileprivate var base64: String { Data(readableBytesView).base64EncodedString() }
}
