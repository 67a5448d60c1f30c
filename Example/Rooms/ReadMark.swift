// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A row of the table of read marks: how far a user has read in a room.
@Model("rooms", constraints: [.unique(name: "rooms_readmark_once", fields: ["user", "room"])])
struct ReadMark {
    @Column(max: 150) var user: String
    @Column(max: 200) var room: String
    /// The id of the last message that was read.
    var message: Int
}
