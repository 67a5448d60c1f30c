// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Who has how many sockets in which room, in this process.
final class Presence: Sendable {
    private let rooms = Mutex<[Room: [String: Int]]>([:])

    /// Counts a socket.
    ///
    /// - Returns: whether the user was not there before.
    func enter(_ room: Room, _ user: String) -> Bool {
        rooms.withLock { rooms in
            rooms[room, default: [:]][user, default: 0] += 1
            return rooms[room]?[user] == 1
        }
    }

    /// Counts a socket off.
    ///
    /// - Returns: whether the user is gone with it.
    func leave(_ room: Room, _ user: String) -> Bool {
        rooms.withLock { rooms in
            guard var users = rooms[room], let count = users[user] else { return false }
            users[user] = count > 1 ? count - 1 : nil
            rooms[room] = users.isEmpty ? nil : users
            return count == 1
        }
    }

    /// The users of a room, sorted.
    func users(in room: Room) -> [String] {
        rooms.withLock { $0[room].map { $0.keys.sorted() } ?? [] }
    }
}
