// SPDX-License-Identifier: Apache-2.0

import Sluice

extension ChatRooms {
    /// A user has seen all messages of a room up to this id; the user's open lists are told.
    func read(through id: Int, in room: String, by user: String, on layer: any ChannelLayer) async throws {
        // Nobody has read what nobody has written: such a mark would hide messages to come.
        let seen = min(id, activity.lastID(of: room))
        guard marks.advance(user, in: room, to: seen) else { return }
        try await layer.groupSend(RoomListConsumer.group(of: user), RoomRead(room: room, through: seen))
    }
}

extension RoomConsumer {
    /// The user has seen all messages up to this id.
    func read(through id: Int) async throws {
        guard let room else { return }
        try await scope.chatRooms.read(through: id, in: room.name, by: user, on: channelLayer)
    }
}

extension Request {
    /// The page shows its reader all messages up to the id `read` of the query, if there is one.
    ///
    /// - Throws: ``HTTPError`` 422 `bad_number`.
    func noteReading(of room: String) async throws {
        guard let id = try number("read", in: 0...Int.max) else { return }
        try await scope.chatRooms.read(through: id, in: room, by: user.name, on: scope.state.channelLayer())
    }
}
