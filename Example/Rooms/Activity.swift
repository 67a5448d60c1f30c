// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What was said where and when, as far as lists and charts show it; the store tells it of every message.
///
/// Bounded, however many rooms and messages there are: see ``RoomTrail`` and ``MinuteCounts``.
final class Activity: Sendable {
    /// The rooms that are known one by one: those in which somebody spoke last.
    static let roomLimit = 500

    private struct State {
        var rooms: [String: RoomTrail] = [:]
        var minutes = MinuteCounts()
        var total = 0

        /// Half of the rooms go at once, so that the search for them is rare.
        mutating func forgetOldRooms() {
            let border = rooms.values.map(\.lastID).sorted()[rooms.count - Activity.roomLimit]
            rooms = rooms.filter { $0.value.lastID >= border }
        }
    }

    private let state = Mutex(State())

    /// Counts a message. They come in the order of their ids.
    func note(_ message: Message) {
        state.withLock { state in
            state.rooms[message.room, default: RoomTrail()].append(message)
            state.minutes.add(at: message.at)
            state.total += 1
            if state.rooms.count >= 2 * Self.roomLimit { state.forgetOldRooms() }
        }
    }

    /// All messages; it rises with each.
    var total: Int { state.withLock { $0.total } }

    /// The id of a room's last message; 0 for a room that is not known.
    func lastID(of room: String) -> Int {
        state.withLock { $0.rooms[room]?.lastID ?? 0 }
    }

    /// A room, if it is known.
    subscript(room: String) -> RoomTrail? {
        state.withLock { $0.rooms[room] }
    }

    /// The rooms in which somebody spoke last, the latest first.
    func latestRooms(_ limit: Int = roomLimit) -> [(name: String, trail: RoomTrail)] {
        let rooms = state.withLock { $0.rooms }
        return rooms.sorted { $0.value.lastID > $1.value.lastID }.prefix(limit).map { ($0.key, $0.value) }
    }

    /// Messages by room, as far as rooms are known one by one, and the number of all.
    var countsByRoom: (rooms: [(name: String, count: Int)], total: Int) {
        let (rooms, total) = state.withLock { ($0.rooms, $0.total) }
        return (rooms.map { ($0.key, $0.value.count) }, total)
    }

    /// Messages in each of some minutes; a minute is named like `2026-01-02T03:04`.
    func counts(in minutes: [String]) -> [Int] {
        state.withLock { state in minutes.map { state.minutes[$0] } }
    }
}
