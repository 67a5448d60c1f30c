// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("The list of rooms")
struct RoomListTests {
    @Test("nobody but the signed-in sees the page or gets the socket")
    func refusals() async throws {
        let site = try await TestSite()
        #expect(try await Browser(site).get("/room/").headers[.location] == "/login/?next=/room/")
        let application = try #require(site.router.application(for: WebSocket.self))
        let host = try #require(HTTPField.Name("Host"))
        let anonymous = WebSocketCommunicator(
            application, path: "/room/", headers: [host: "localhost"], state: site.lifespan.state)
        #expect(try await anonymous.connect().status == .forbidden)
    }

    @Test("the page lists rooms with what is unread, the latest first, readable without script, in both languages")
    func page() async throws {
        let site = try await TestSite()
        let browser = Browser(site)
        try await browser.signIn("user1")
        #expect(try await browser.get("/room/").text.contains("还没有人说过话"))
        for (number, room) in ["聊天", "a", "聊天", "b", "聊天"].enumerated() {
            try await site.say("hi", in: room, as: "user2", cid: "\(number)")
        }
        let page = try await browser.get("/room/").text
        let items = page.matches(of: #/<li data-room="(\w*)" data-unread="(\d*)">/#).map { "\($0.1) \($0.2)" }
        #expect(items == ["聊天 3", "b 1", "a 1", " "], "the last one is the blank for the script")
        #expect(page.contains(#"<span data-unread="3">3</span> 未读"#))
        #expect(try await browser.get("/room/?lang=en").text.contains(#"<span data-unread="3">3</span> unread"#))
        let author = Browser(site)
        try await author.signIn("user2")
        #expect(try await author.get("/room/").text.contains(#"<li data-room="聊天" data-unread="0">"#))
    }

    @Test("the form leads into a room without any script", arguments: ["123", "聊天", "a_1", "été", "𠮷"])
    func enter(name: String) async throws {
        let browser = Browser(try await TestSite())
        try await browser.signIn("user1")
        let answer = try await browser.get("/room/?room=\(encoded(name))")
        #expect(answer.status == .seeOther)
        let location = try #require(answer.headers[.location])
        #expect(location == "/room/\(encoded(name))/")
        #expect(try await browser.get("/room/\(name)/").status == .ok)
    }

    @Test(
        "what is no name: 422, an alert, and what was typed as text",
        arguments: [
            "", " ", "a b", "../login", "//evil.example", "a/b", "\"><script>alert(1)</script>", "a\r\nSet-Cookie: x",
            "\u{0}", "😀", String(repeating: "a", count: 201), String(repeating: "字", count: 67),
        ])
    func wrongName(name: String) async throws {
        let browser = Browser(try await TestSite())
        try await browser.signIn("user1")
        let answer = try await browser.get("/room/?room=\(encoded(name))")
        #expect(answer.status == .unprocessableContent)
        #expect(answer.headers[.location] == nil)
        #expect(answer.text.contains(#"role="alert""#) && answer.text.contains("房间名只能用"))
        #expect(!answer.text.contains("<script>alert"))
    }

    @Test("live: others' messages count, reading and speaking bring the count to nothing, in all lists of the user")
    func live() async throws {
        let site = try await TestSite()
        let (list, welcome) = try await site.list("user1")
        #expect(welcome.user == "user1" && welcome.heartbeat == 25 && welcome.rooms == [])
        let (second, _) = try await site.list("user1")
        let (other, _) = try await site.list("user2")
        let (author, _) = try await site.join("/room/聊天/", user: "user2")
        // One after the other: a frame tells what is true when it is sent.
        for (id, text) in [(1, "one"), (2, "two")] {
            try author.sendJSON(Frame.send(text))
            for list in [list, second] {
                #expect(try await list.roomFrame() == ListFrame.room("聊天", unread: id, last: id))
            }
            #expect(try await other.roomFrame() == ListFrame.room("聊天", unread: 0, last: id))
        }

        let (reader, _) = try await site.join("/room/聊天/")
        try reader.sendJSON(Frame(type: "read", id: 1))
        for list in [list, second] {
            #expect(try await list.roomFrame() == ListFrame.room("聊天", unread: 1, last: 2))
        }
        try author.sendJSON(Frame.send("three"))
        #expect(try await list.roomFrame() == ListFrame.room("聊天", unread: 2, last: 3))
        #expect(try await other.roomFrame() == ListFrame.room("聊天", unread: 0, last: 3), "no word of another's reading")
        try reader.sendJSON(Frame.send("four"))
        #expect(try await list.roomFrame() == ListFrame.room("聊天", unread: 0, last: 4))
        let (_, later) = try await site.list("user1")
        #expect(later.rooms?.map(\.unread) == [0])
    }

    @Test(
        "hostile positions: a mark only rises, and never past the last message",
        arguments: [-1, 0, 9, Int.max, Int.min])
    func hostileMarks(id: Int) async throws {
        let site = try await TestSite()
        for number in 1...3 { try await site.say("\(number)", in: "a", as: "user2") }
        let (reader, _) = try await site.join("/room/a/")
        try reader.sendJSON(Frame(type: "read", id: 2))
        try reader.sendJSON(Frame(type: "read", id: id))
        try reader.sendJSON(Frame(type: "ping"))
        _ = try await reader.frame("pong")
        #expect(try await site.rooms.summaries(for: "user1").map(\.unread) == [id > 2 ? 0 : 1])
        try await site.say("4", in: "a", as: "user2")
        #expect(try await site.rooms.summaries(for: "user1").map(\.unread) == [id > 2 ? 1 : 2])
    }

    @Test("a polling page tells what was read; what it only fetched stays unread", arguments: ["messages/?", "poll/?"])
    func polling(path: String) async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        let queue = try await client.openQueue().name
        for number in 1...3 { try await site.say("\(number)", in: "home", as: "user2") }
        let (list, _) = try await site.list("user1")
        let target = "/home/\(path)queue=\(queue)&after="
        #expect(try await client.request(.get, target + "0").ids == [1, 2, 3])
        #expect(try await client.request(.get, target + "0&read=1").ids == [1, 2, 3])
        #expect(try await list.roomFrame() == .room("home", unread: 2, last: 3))
        #expect(try await client.request(.get, target + "1&read=\(Int.max)").ids == [2, 3])
        #expect(try await list.roomFrame() == .room("home", unread: 0, last: 3))
        let wrong = try await client.request(.get, target + "3&read=-1")
        #expect(wrong.status == .unprocessableContent && wrong.json.error == "bad_number")
        try await site.say("4", in: "home", as: "user2")
        #expect(try await site.rooms.summaries(for: "user1").map(\.unread) == [1])
    }

    @Test("hostile frames are answered by an error, and the socket stays open")
    func hostileFrames() async throws {
        let site = try await TestSite()
        let (list, _) = try await site.list("user1")
        for text in ["", "{", "[]", "null", #"{"type":"send","cid":"x","text":"x"}"#, #"{"type":"read","id":1e99}"#] {
            list.send(text: text)
            #expect(try await list.frame("error").code == "bad_message", "\(text)")
        }
        list.send(bytes: ByteBuffer(string: "{}"))
        #expect(try await list.frame("error").code == "bad_message")
        try list.sendJSON(Frame(type: "ping"))
        _ = try await list.frame("pong")
        try await list.disconnect()
    }

    @Test("a list that reads slowly gets each room's latest count, not all that were")
    func slowReader() async throws {
        let site = try await TestSite()
        let (list, _) = try await site.list("user1")
        list.setPressure(.stalled)
        for number in 1...300 { try await site.say("\(number)", in: number.isMultiple(of: 3) ? "b" : "a", as: "user2") }
        list.setPressure(.none)
        var latest: [String: ListFrame] = [:]
        var frames = 0
        while latest["a"]?.lastID != 299 || latest["b"]?.lastID != 300 {
            let frame = try await list.roomFrame()
            latest[frame.room ?? ""] = frame
            frames += 1
        }
        #expect(latest["a"]?.unread == 200 && latest["b"]?.unread == 100)
        #expect(frames <= 4, "one that waited, and the latest of each")
    }

    @Test("a client that offers no subprotocol gets the same frames")
    func withoutSubprotocol() async throws {
        let site = try await TestSite()
        let list = try await site.socket("/room/", json: false)
        #expect(try await list.connect().subprotocol == nil)
        #expect(try await list.frame("welcome").user == "user1")
    }

    @Test("a list whose client is silent for 90 s is closed with 4408")
    func heartbeat() async throws {
        let clock = VirtualTime()
        let site = try await TestSite(clock: clock)
        let (list, _) = try await site.list("user1")
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(90))
        #expect(try await list.receiveClose().code == 4408)
    }
}
