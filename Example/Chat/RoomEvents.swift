// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A message was stored. It carries its frame, so that it is encoded once and not by every socket.
struct MessagePosted: ChannelEvent {
    static let type = "chat.message"
    var message: Message
    /// The id of the room's message before.
    var previous: Int
    var frame: String
}

/// Somebody has begun or ended to write.
struct UserTyping: ChannelEvent {
    static let type = "chat.typing"
    var user: String
    var on: Bool
}
