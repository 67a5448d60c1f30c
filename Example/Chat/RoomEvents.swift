// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A message was stored. It carries its frame, so that it is encoded once and not by every socket.
struct MessagePosted: ChannelEvent {
    static let type = "chat.message"
    var message: Message
    var frame: String
}

/// Somebody came or went. Who is there now, each socket looks up: of two events that overtake each other, both lead to
/// the right list.
struct PresenceChanged: ChannelEvent {
    static let type = "chat.presence"
}

/// Somebody has begun or ended to write.
struct UserTyping: ChannelEvent {
    static let type = "chat.typing"
    var user: String
    var on: Bool
}
