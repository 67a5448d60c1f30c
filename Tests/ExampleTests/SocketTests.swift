// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("A room's socket in JSON mode")
struct SocketTests {
    @Test("a socket without session or from elsewhere is refused with 403, an unknown room with 404")
    func refusals() async throws {
        let site = try await TestSite()
        let application = try #require(site.router.application(for: WebSocket.self))
        let host = try #require(HTTPField.Name("Host"))
        let anonymous = WebSocketCommunicator(
            application, path: "/room/1/", headers: [host: "localhost"], state: site.lifespan.state)
        #expect(try await anonymous.connect().status == .forbidden)
        let browser = Browser(site)
        try await browser.signIn("user1")
        var headers = browser.headers
        headers[.origin] = "https://evil.example"
        let foreign = WebSocketCommunicator(
            application, path: "/room/1/", headers: headers, state: site.lifespan.state)
        #expect(try await foreign.connect().status == .forbidden)
        let long = try await site.socket("/room/\(String(repeating: "a", count: 201))/")
        #expect(try await long.connect().status == .notFound)
    }

    @Test("welcome first; a message reaches all, the sender too, on both addresses, and the ack has its id")
    func conversation() async throws {
        let site = try await TestSite()
        let (one, welcome) = try await site.join("/room/聊天/?since=0")
        #expect(welcome.type == "welcome" && welcome.user == "user1" && welcome.room == "聊天")
        #expect(welcome.lastID == 0 && welcome.resumed == true && welcome.heartbeat == 25)
        #expect(welcome.users == ["user1"])
        let (two, second) = try await site.join("/ws/聊天/", user: "user2")
        #expect(second.users == ["user1", "user2"])
        #expect(try await one.frame("presence").users == ["user1", "user2"])
        let text = "你好 😀 <script>\nline"
        try one.sendJSON(Frame.send(text, cid: "c1"))
        let ack = try await one.frame("ack")
        for socket in [one, two] {
            let message = try await socket.frame("message")
            #expect(message.id == ack.id && message.text == text && message.cid == "c1" && message.user == "user1")
        }
        try one.sendJSON(Frame.send(text, cid: "c1"))
        #expect(try await one.frame("ack").id == ack.id)
        #expect(await two.receiveNothing())
        try await one.disconnect()
        #expect(try await two.frame("presence").users == ["user2"])
        try await two.disconnect()
    }

    @Test("a returning client gets what it missed, in order, before anything new")
    func resume() async throws {
        let site = try await TestSite()
        let (one, _) = try await site.join("/room/1/")
        for text in ["a", "b", "c"] { try one.sendJSON(Frame.send(text)) }
        for _ in 1...3 { _ = try await one.frame("ack") }
        let (two, welcome) = try await site.join("/room/1/?since=1", user: "user2")
        #expect(welcome.lastID == 3 && welcome.resumed == true)
        try one.sendJSON(Frame.send("d"))
        var texts: [String?] = []
        for _ in 1...3 { texts.append(try await two.frame("message").text) }
        #expect(texts == ["b", "c", "d"])
        let (_, unknown) = try await site.join("/room/1/?since=99", user: "user3")
        #expect(unknown.resumed == false)
        let (_, fresh) = try await site.join("/room/1/", user: "user4")
        #expect(fresh.resumed == false && fresh.lastID == 4)
    }

    @Test("resuming while others talk: each message once, in the order of ids")
    func resumeUnderLoad() async throws {
        let site = try await TestSite()
        let store = try site.rooms.store
        let writer = Task {
            for number in 1...300 {
                _ = try await store.append(.init(cid: "\(number)", room: "1", user: "user5", text: "\(number)"))
            }
        }
        for _ in 0..<5 {
            let (socket, welcome) = try await site.join("/room/1/?since=0", user: "user1")
            #expect(welcome.resumed == true)
            var last = 0
            while last < 300 {
                let id = try await socket.frame("message").id
                #expect(id == last + 1)
                last = id ?? 300
            }
            try await socket.disconnect()
        }
        try await writer.value
    }

    @Test("after more than is replayed: resumed is false, and the history has it")
    func tooOld() async throws {
        let site = try await TestSite()
        let store = try site.rooms.store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0...RoomConsumer.replayLimit {
                group.addTask {
                    _ = try await store.append(.init(cid: "\(number)", room: "1", user: "user5", text: "\(number)"))
                }
            }
            try await group.waitForAll()
        }
        let (socket, welcome) = try await site.join("/room/1/?since=0")
        #expect(welcome.resumed == false && welcome.lastID == 1_001)
        try socket.sendJSON(Frame(type: "history", before: 1_002, limit: 50))
        let history = try await socket.frame("history")
        #expect(history.messages?.map(\.id) == Array(952...1_001) && history.more == true)
        try socket.sendJSON(Frame(type: "history", before: 3, limit: 50))
        let first = try await socket.frame("history")
        #expect(first.messages?.map(\.id) == [1, 2] && first.more == false)
    }

    @Test("what cannot be a message is an error with its cid, and the socket stays open")
    func errors() async throws {
        let site = try await TestSite()
        let (socket, _) = try await site.join("/room/1/")
        try socket.sendJSON(Frame.send(String(repeating: "a", count: 4_001), cid: "long"))
        let long = try await socket.frame("error")
        #expect(long.code == "too_long" && long.cid == "long")
        try socket.sendJSON(Frame.send(String(repeating: "😀", count: 4_000), cid: "fits"))
        #expect(try await socket.frame("ack").cid == "fits")
        for text in [
            "", "{", "[1]", "null", #"{"type":"nope"}"#, #"{"type":"send","cid":"x"}"#, #"{"type":"send","text":"x"}"#,
            #"{"type":"send","cid":"x","text":"\ud800"}"#, #"{"type":"send","cid":"x","text":" \n"}"#,
            #"{"type":"send","cid":"x","text":7}"#, #"{"type":"read","id":1e99}"#, #"{"type":"typing"}"#,
        ] {
            socket.send(text: text)
            #expect(try await socket.frame("error").code == "bad_message", "\(text)")
        }
        socket.send(bytes: ByteBuffer(string: "{}"))
        #expect(try await socket.frame("error").code == "bad_message")
        try socket.sendJSON(Frame(type: "ping"))
        #expect(try await socket.frame("pong").type == "pong")
    }

    @Test("typing is told to others, not to the typist, and repetitions are not passed on")
    func typing() async throws {
        let site = try await TestSite()
        let (one, _) = try await site.join("/room/1/")
        let (two, _) = try await site.join("/room/1/", user: "user2")
        for _ in 1...5 { try one.sendJSON(Frame(type: "typing", on: true)) }
        try one.sendJSON(Frame(type: "typing", on: false))
        #expect(try await two.frame("typing").on == true)
        let end = try await two.frame("typing")
        #expect(end.on == false && end.user == "user1")
        _ = try await one.frame("presence")
        #expect(await one.receiveNothing())
    }

    @Test("a user who says 关闭 is closed with 1000, and nobody sees it")
    func closingText() async throws {
        let site = try await TestSite()
        let (one, _) = try await site.join("/room/1/")
        try one.sendJSON(Frame.send("关闭"))
        #expect(try await one.receiveClose().code == .normal)
        #expect(try await site.rooms.store.lastID(of: "1") == 0)
    }
}
