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

    @Test(
        "a file of nonsense, or of another database, hides nothing",
        arguments: [
            "", "{", #"{"user1":{"a":"x"}}"#,
            #"{"user1":{"a":-5}}"#, #"{"user1":{"b":9223372036854775807,"c":7}}"#,
        ])
    func nonsense(content: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write(content, to: folder.path + "/read.json")
        let site = try await TestSite(folder: folder)
        try await site.say("1", in: "a", as: "user2")
        try await site.say("2", in: "b", as: "user2")
        #expect(try await site.rooms.summaries(for: "user1").map(\.unread) == [1, 1])
    }

    @Test("the file follows while the server runs, at most once a second")
    func follows() async throws {
        let folder = try TemporaryFolder()
        let clock = VirtualTime()
        let file = ReadMarksFile(besides: folder.messages)
        let marks = ReadMarks()
        await marks.keep(in: file, through: { _ in 0 }, clock: clock)
        marks.advance("user1", in: "a", to: 1)
        try await clock.waitForSleepers(1)
        #expect(await file.load() == ["user1": ["a": 1]])
        for id in 2...9 { marks.advance("user1", in: "a", to: id) }
        #expect(await file.load() == ["user1": ["a": 1]], "the pause is not over")
        clock.advance(by: ReadMarks.pause)
        try await eventually("the second write") { await file.load() == ["user1": ["a": 9]] }
        marks.advance("user1", in: "a", to: 10)
        await marks.close()
        #expect(await file.load() == ["user1": ["a": 10]])
        #expect(try folder.permissions(of: folder.path + "/read.json") & 0o077 == 0, "others read nothing")
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
