// SPDX-License-Identifier: Apache-2.0

/// One message of a room, as it is kept and as browsers get it.
struct Message: Codable, Hashable, Sendable {
    /// Rises by one with every message, over all rooms.
    var id: Int
    /// The client's own name for the message: sending it again is harmless.
    var cid: String
    var room: String
    var user: String
    var text: String
    /// When it was stored: `2026-01-02T03:04:05.678Z`.
    var at: String
}

extension Message {
    /// A message on its way to the store, which gives it an id and a time.
    struct Draft: Sendable {
        var cid: String
        var room: String
        var user: String
        var text: String

        var key: Key { Key(user: user, cid: cid) }
    }

    /// What makes a message the same one when it is sent again.
    struct Key: Hashable, Sendable {
        var user: String
        var cid: String
    }

    var key: Key { Key(user: user, cid: cid) }
}
