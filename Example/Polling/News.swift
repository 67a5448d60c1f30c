// SPDX-License-Identifier: Apache-2.0

import Sluice

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The answer to every kind of poll.
struct News: Encodable, Sendable {
    /// Oldest first, without gaps.
    var messages: [Message]
    /// What to ask after next.
    var lastId: Int
    /// Whether there is more at this moment; left out otherwise.
    var more: Bool?

    private enum CodingKeys: String, CodingKey {
        case messages, more
        case lastId = "last_id"
    }

    init(messages: [Message], lastId: Int, more: Bool = false) {
        self.messages = messages
        self.lastId = lastId
        self.more = more ? true : nil
    }

    /// The answer's body.
    var json: ByteBuffer {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            return ByteBuffer(bytes: try encoder.encode(self))
        }
    }
}

extension MessageStore {
    /// What came into a room after an id: all of it, or the oldest part. A client that asks again after the last id that
    /// it got misses nothing, however long it was away.
    func news(of room: String, after id: Int) async throws -> News {
        let messages = try await oldest(of: room, after: id)
        guard let end = messages.last?.id else { return News(messages: [], lastId: try await lastID(of: room)) }
        return News(messages: messages, lastId: end, more: messages.count == Self.readLimit)
    }
}
