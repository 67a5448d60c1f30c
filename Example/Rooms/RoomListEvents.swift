// SPDX-License-Identifier: Apache-2.0

import Sluice

/// Somebody has said something in a room.
struct RoomChanged: ChannelEvent {
    static let type = "rooms.changed"
    var room: String
    var coalescingKey: String? { room }
}

/// A user has read further in a room; goes to the lists of that user alone.
struct RoomRead: ChannelEvent {
    static let type = "rooms.read"
    var room: String
    /// The id of the last message that was read.
    var through: Int
    var coalescingKey: String? { room }
}
