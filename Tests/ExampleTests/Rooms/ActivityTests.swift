// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Example

@Suite("What is remembered of rooms and minutes")
struct ActivityTests {
    private func message(_ id: Int, room: String = "a", at: String = "2026-01-02T03:04:05.678Z") -> Message {
        Message(id: id, cid: "\(id)", room: room, user: "user1", text: "", at: at)
    }

    @Test("unread messages are those behind a mark, up to 1000")
    func unread() {
        var trail = RoomTrail()
        #expect(trail.unread(after: 0) == 0 && trail.lastID == 0)
        for id in stride(from: 2, through: 6_000, by: 2) { trail.append(message(id)) }
        #expect(trail.count == 3_000 && trail.lastID == 6_000)
        for (mark, unread) in [(6_000, 0), (5_999, 1), (5_998, 1), (5_997, 2), (.max, 0), (0, 1_000), (.min, 1_000)] {
            #expect(trail.unread(after: mark) == unread, "\(mark)")
        }
    }

    @Test("of very many rooms the latest are known, and all messages are counted")
    func manyRooms() {
        let activity = Activity()
        for id in 1...5_000 { activity.note(message(id, room: id.isMultiple(of: 5) ? "busy" : "r\(id)")) }
        #expect(activity.total == 5_000)
        #expect(activity.countsByRoom.rooms.count < 2 * Activity.roomLimit)
        #expect(activity["busy"]?.count == 1_000)
        #expect(activity["r1"] == nil && activity.lastID(of: "r1") == 0)
        #expect(activity.latestRooms(2).map(\.name) == ["busy", "r4999"])
        #expect(activity.latestRooms().count == Activity.roomLimit)
    }

    @Test("messages are counted by the minute, also when the clock goes back, and old minutes are forgotten")
    func minutes() {
        var counts = MinuteCounts()
        for time in ["2026-01-02T03:04:05.678Z", "2026-01-02T03:04:59.999Z", "2026-01-02T03:05:00.000Z"] {
            counts.add(at: time)
        }
        counts.add(at: "2026-01-02T03:04:30.000Z")
        #expect(counts["2026-01-02T03:04"] == 3 && counts["2026-01-02T03:05"] == 1 && counts["2026-01-02T03:06"] == 0)
        for number in 0..<MinuteCounts.limit { counts.add(at: "2027-01-02T03:\(number)") }
        #expect(counts["2026-01-02T03:04"] == 0)
        counts.add(at: "")
        #expect(counts[""] == 1)
    }
}
