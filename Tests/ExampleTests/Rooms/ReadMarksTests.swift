// SPDX-License-Identifier: Apache-2.0

import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("Read marks")
struct ReadMarksTests {
    @Test("what was read is still read after a restart; own messages need no file")
    func restart() async throws {
        let folder = try TemporaryFolder()
        var site = try await TestSite(folder: folder)
        for number in 1...3 { try await site.say("\(number)", in: "聊天", as: "user2") }
        let (reader, _) = try await site.join("/room/聊天/")
        try reader.sendJSON(Frame(type: "read", id: 2))
        try reader.sendJSON(Frame(type: "ping"))
        _ = try await reader.frame("pong")
        try await reader.disconnect()
        try await site.lifespan.shutdown()
        site = try await TestSite(folder: folder)
        #expect(try await site.rooms.summaries(for: "user1").map(\.unread) == [1])
        #expect(try await site.rooms.summaries(for: "user2").map(\.unread) == [0])
        #expect(try await site.rooms.summaries(for: "user3").map(\.unread) == [3])
        try await site.lifespan.shutdown()
    }

    @Test("the database follows while the server runs, at most once a second")
    func follows() async throws {
        let folder = try TemporaryFolder()
        let clock = VirtualTime()
        let databases = try await folder.databases()
        func kept() async throws -> [String: Int] {
            let rows = try await databases.run { try await ReadMark.objects.filter { $0.user == "user1" }.fetch() }
            return Dictionary(uniqueKeysWithValues: rows.map { ($0.room, $0.message) })
        }
        let marks = ReadMarks()
        marks.keep(in: databases, clock: clock)
        marks.advance("user1", in: "a", to: 1)
        try await clock.waitForSleepers(1)
        #expect(try await kept() == ["a": 1])
        for id in 2...9 { marks.advance("user1", in: "a", to: id) }
        #expect(try await kept() == ["a": 1], "the pause is not over")
        clock.advance(by: ReadMarks.pause)
        try await eventually("the second write") { try await kept() == ["a": 9] }
        marks.advance("user1", in: "a", to: 10)
        marks.advance("user1", in: "b", to: 3)
        await marks.close()
        #expect(try await kept() == ["a": 10, "b": 3])
        let others = ReadMarks()
        others.keep(in: databases, clock: clock)
        others.advance("user1", in: "b", to: 7)
        await others.refresh("user1")
        #expect(others.mark(of: "user1", in: "a") == 10 && others.mark(of: "user1", in: "b") == 7)
        await others.close()
    }

    @Test("a mark only rises, and of very many rooms those with the highest marks are remembered")
    func bounded() {
        let marks = ReadMarks()
        #expect(marks.advance("user1", in: "a", to: 5))
        #expect(!marks.advance("user1", in: "a", to: 5) && !marks.advance("user1", in: "a", to: .min))
        #expect(!marks.advance("user1", in: "new", to: 0))
        for number in 1...5_000 { marks.advance("user1", in: "r\(number)", to: number) }
        let known = (1...5_000).count { marks.mark(of: "user1", in: "r\($0)") > 0 }
        #expect(known >= ReadMarks.roomLimit && known < 2 * ReadMarks.roomLimit)
        #expect(marks.mark(of: "user1", in: "r5000") == 5_000)
        #expect(marks.mark(of: "user1", in: "a") == 0 && marks.mark(of: "user2", in: "r1") == 0)
    }
}
