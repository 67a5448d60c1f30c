// SPDX-License-Identifier: Apache-2.0

import Foundation
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("Plain mode, limits and time")
struct LimitTests {
    @Test("plain mode: everyone gets the bare text, JSON clients a message of that user")
    func plain() async throws {
        let site = try await TestSite()
        let plain = try await site.socket("/ws/1/", user: "user2", json: false)
        #expect(try await plain.connect().subprotocol == nil)
        let (json, _) = try await site.join("/room/1/")
        plain.send(text: "你好")
        #expect(try await plain.receiveText() == "你好")
        let message = try await json.frame("message")
        #expect(message.text == "你好" && message.user == "user2")
        try json.sendJSON(Frame.send("auch du"))
        #expect(try await plain.receiveText() == "auch du")
        plain.send(text: "关闭")
        #expect(try await plain.receiveClose().code == .normal)
        #expect(try await site.rooms.store.lastID(of: "1") == 2)
    }

    @Test("plain mode: over 4000 characters or the rate 1008, bytes 1003")
    func plainLimits() async throws {
        let site = try await TestSite()
        var socket = try await site.socket("/ws/1/", json: false)
        try await socket.connect()
        socket.send(text: String(repeating: "字", count: 4_001))
        #expect(try await socket.receiveClose().code == .policyViolation)
        socket = try await site.socket("/ws/1/", json: false)
        try await socket.connect()
        socket.send(bytes: ByteBuffer(string: "x"))
        #expect(try await socket.receiveClose().code == .unsupportedData)
        socket = try await site.socket("/ws/1/", json: false)
        try await socket.connect()
        for number in 1...20 { socket.send(text: "\(number)") }
        for number in 1...20 { #expect(try await socket.receiveText() == "\(number)") }
        socket.send(text: "21")
        #expect(try await socket.receiveClose().code == .policyViolation)
    }

    @Test("20 messages in 10 s for a user over all sockets; what is stored may be repeated at any time")
    func rate() async throws {
        let clock = VirtualTime()
        let site = try await TestSite(clock: clock)
        let (one, _) = try await site.join("/room/1/")
        let (two, _) = try await site.join("/room/2/")
        for number in 1...20 {
            try one.sendJSON(Frame.send("\(number)"))
            _ = try await one.frame("ack")
            try one.sendJSON(Frame.send("\(number)"))
            _ = try await one.frame("ack")
        }
        try two.sendJSON(Frame.send("more"))
        let refused = try await two.frame("error")
        #expect(refused.code == "rate_limited" && refused.cid == "more")
        try one.sendJSON(Frame.send("7"))
        #expect(try await one.frame("ack").id == 7)
        clock.advance(by: .seconds(10))
        try two.sendJSON(Frame.send("more"))
        #expect(try await two.frame("ack").id == 21)
    }

    @Test("a client that is silent for 90 s is closed with 4408, one that pings is not")
    func heartbeat() async throws {
        let clock = VirtualTime()
        let site = try await TestSite(clock: clock)
        let (socket, _) = try await site.join("/room/1/")
        for _ in 1...5 {
            try await clock.waitForSleepers(1)
            clock.advance(by: .seconds(62))
            try socket.sendJSON(Frame(type: "ping"))
            _ = try await socket.frame("pong")
        }
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(89))
        #expect(await socket.receiveNothing())
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(1))
        #expect(try await socket.receiveClose().code == 4408)
    }

    @Test("a socket that missed events reads them from the store, and everything comes once and in order")
    func missed() async throws {
        let clock = VirtualTime()
        let site = try await TestSite(clock: clock)
        let (socket, _) = try await site.join("/room/1/")
        socket.setPressure(.full)
        for number in 1...20 {
            _ = try await site.rooms.store.append(.init(cid: "\(number)", room: "1", user: "user2", text: "\(number)"))
        }
        // The layer gives up on events that wait for a minute.
        let layer = site.lifespan.state.channelLayer()
        clock.advance(by: .seconds(61))
        socket.setPressure(.none)
        for number in 1...20 { #expect(try await socket.frame("message").id == number) }
        #expect(layer.statistics.dropped.values.reduce(0, +) > 0)
    }

    @Test("two sockets of one user are one person, who is gone with the last of them, however it goes")
    func presence() async throws {
        let site = try await TestSite()
        let (watcher, _) = try await site.join("/room/1/")
        let (first, welcome) = try await site.join("/room/1/", user: "user2")
        #expect(welcome.users == ["user1", "user2"])
        #expect(try await watcher.frame("presence").users == ["user1", "user2"])
        let plain = try await site.socket("/ws/1/", user: "user2", json: false)
        try await plain.connect()
        try await first.disconnect()
        let (other, third) = try await site.join("/room/1/", user: "user3")
        #expect(third.users == ["user1", "user2", "user3"])
        #expect(try await watcher.frame("presence").users == ["user1", "user2", "user3"])
        plain.vanish()
        #expect(try await watcher.frame("presence").users == ["user1", "user3"])
        try await other.disconnect()
    }

    @Test("a database that is none stops the start, and is left as it is")
    func failingStart() async throws {
        let folder = try TemporaryFolder()
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: folder.path + "/site.sqlite3"))
        let error = await #expect(throws: LifespanError.self) { _ = try await TestSite(folder: folder) }
        #expect(error?.description.contains("not a database") == true)
        #expect(try String(contentsOfFile: folder.path + "/site.sqlite3", encoding: .utf8) == "nonsense")
    }
}
