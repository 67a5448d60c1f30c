// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A row of the table of messages.
struct StoredMessage: Model {
    static let declaration = ModelDeclaration(
        "chat", "Message", ordering: ["id"],
        constraints: [.unique(name: "chat_message_once", fields: ["user", "cid"])],
        indexes: [IndexDeclaration(name: "chat_message_room", fields: ["room", "id"])],
        [
            FieldDeclaration("id", .bigInteger, primaryKey: true), FieldDeclaration("cid", .char(64)),
            FieldDeclaration("room", .char(200)), FieldDeclaration("user", .char(150)),
            FieldDeclaration("text", .text), FieldDeclaration("at", .dateTime),
        ])

    /// Given out by the ``MessageCounter``.
    var id: Int
    var cid: String
    var room: String
    var user: String
    var text: String
    var at: Timestamp
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    init(_ draft: Message.Draft, id: Int, at: Timestamp) {
        (self.id, self.at) = (id, at)
        (cid, room, user, text) = (draft.cid, draft.room, draft.user, draft.text)
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        cid = try row.next()
        room = try row.next()
        user = try row.next()
        text = try row.next()
        at = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(cid)
        row.add(room)
        row.add(user)
        row.add(text)
        row.add(at)
    }

    struct Fields: ModelFields {
        typealias Root = StoredMessage
        let path: FieldPath
        var id: Expr<Int> { path.column("id") }
        var cid: Expr<String> { path.column("cid") }
        var room: Expr<String> { path.column("room") }
        var user: Expr<String> { path.column("user") }
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
        self.init(microseconds: time.seconds * 1_000_000 + Int64(time.nanoseconds / 1_000_000) * 1_000)
    }
}
