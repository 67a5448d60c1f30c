// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A room by its name: whatever word stands in the address, 聊天 too.
struct Room: Hashable, Sendable {
    /// The longest name, in bytes of UTF-8.
    static let longestName = 200

    let name: String

    /// `nil` for what is no room.
    init?(_ name: String) {
        guard !name.isEmpty, name.utf8.count <= Self.longestName else { return nil }
        self.name = name
    }

    /// The group whose members are the room's sockets.
    var group: GroupName { "room.\(name)" }
}
