// SPDX-License-Identifier: Apache-2.0

import Sluice

extension RoomConsumer {
    /// The user has seen all messages up to this id.
    func read(through id: Int) async throws {
        guard let room else { return }
        let rooms = try scope.chatRooms
        // Nobody has read what nobody has written: such a mark would hide messages to come.
        let seen = min(id, rooms.activity.lastID(of: room.name))
        guard rooms.marks.advance(user, in: room.name, to: seen) else { return }
        try await channelLayer.groupSend(RoomListConsumer.group(of: user), RoomRead(room: room.name))
    }
}
