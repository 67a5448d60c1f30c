// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A row of the table of messages.
@Model(
    "chat", name: "Message", ordering: ["id"],
    constraints: [.unique(name: "chat_message_once", fields: ["user", "cid"])],
    indexes: [IndexDeclaration(name: "chat_message_room", fields: ["room", "id"])])
struct StoredMessage {
    /// Given out by the ``MessageCounter``.
    @Key var id: Int
    @Column(max: 64) var cid: String
    @Column(max: 200) var room: String
    @Column(max: 150) var user: String
    var text: String
    var at: Timestamp

    init(_ draft: Message.Draft, id: Int, at: Timestamp) {
        (self.id, self.at) = (id, at)
        (cid, room, user, text) = (draft.cid, draft.room, draft.user, draft.text)
    }

    /// As browsers get it.
    var message: Message {
        let (seconds, rest) = at.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let time = WallTime(seconds: seconds, nanoseconds: Int32(rest) * 1_000)
        return Message(id: id, cid: cid, room: room, user: user, text: text, at: time.iso8601)
    }
}

extension Timestamp {
    /// A moment to the millisecond, as messages tell it.
    init(milliseconds time: WallTime) {
        self.init(WallTime(seconds: time.seconds, nanoseconds: time.nanoseconds / 1_000_000 * 1_000_000))
    }
}
