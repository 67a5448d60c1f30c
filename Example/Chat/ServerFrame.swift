// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the server says in JSON mode. Names become `snake_case` on the wire.
protocol ServerFrame: Encodable, Sendable {}

extension ServerFrame {
    /// The frame as JSON.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = .withoutEscapingSlashes
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}

/// Comes first.
struct WelcomeFrame: ServerFrame {
    let type = "welcome"
    var user: String
    var room: String
    var lastId: Int
    /// Whether all that was missed follows.
    var resumed: Bool
    /// Seconds between a client's pings.
    var heartbeatS: Int
    var users: [String]
}

/// Comes first on the socket of a page that watches.
struct LiveWelcomeFrame: ServerFrame {
    let type = "welcome"
    var user: String
    /// Seconds between a client's pings.
    var heartbeatS: Int
}

/// Somebody has said something.
struct MessageFrame: ServerFrame {
    var message: Message

    private enum Keys: CodingKey { case type }

    func encode(to encoder: any Encoder) throws {
        try message.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode("message", forKey: .type)
    }
}

/// The client's own message is stored.
struct AckFrame: ServerFrame {
    let type = "ack"
    var cid: String
    var id: Int
}

/// Messages of earlier times, oldest first.
struct HistoryFrame: ServerFrame {
    let type = "history"
    var messages: [Message]
    var more: Bool
}

/// Who is in the room.
struct PresenceFrame: ServerFrame {
    let type = "presence"
    var users: [String]
}

/// Somebody else has begun or ended to write.
struct TypingFrame: ServerFrame {
    let type = "typing"
    var user: String
    var on: Bool
}

/// The answer to a ping.
struct PongFrame: ServerFrame {
    let type = "pong"
}

/// Something was not accepted; the socket stays open.
struct ErrorFrame: ServerFrame {
    let type = "error"
    var code: String
    var message: String
    var cid: String?

    init(_ error: ChatError, cid: String? = nil) {
        code = error.code
        message = error.message
        self.cid = cid.flatMap { $0.utf8.count <= ChatRooms.longestCID ? $0 : nil }
    }
}
