// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A row of the table of read marks: how far a user has read in a room.
struct ReadMark: Model {
    static let declaration = ModelDeclaration(
        "rooms", "ReadMark", constraints: [.unique(name: "rooms_readmark_once", fields: ["user", "room"])],
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("user", .char(150)),
            FieldDeclaration("room", .char(200)), FieldDeclaration("message", .bigInteger),
        ])

    var id = 0
    var user: String
    var room: String
    /// The id of the last message that was read.
    var message: Int
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    init(user: String, room: String, message: Int) {
        (self.user, self.room, self.message) = (user, room, message)
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        user = try row.next()
        room = try row.next()
        message = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(user)
        row.add(room)
        row.add(message)
    }

    struct Fields: ModelFields {
        typealias Root = ReadMark
        let path: FieldPath
        var user: Expr<String> { path.column("user") }
        var room: Expr<String> { path.column("room") }
        var message: Expr<Int> { path.column("message") }
    }
}
