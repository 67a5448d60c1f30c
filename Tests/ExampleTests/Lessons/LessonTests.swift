// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

/// One at a time: the list of connections is the process's.
@Suite("The lessons", .serialized)
struct LessonTests {
    @Test("echo greets, answers each text for the sender alone, and closes at the word 关闭")
    func echo() async throws {
        let site = try await TestSite()
        let one = try await site.lesson("echo")
        let two = try await site.lesson("echo", user: "user2")
        for socket in [one, two] { #expect(try await socket.receiveText() == "来了呀客官") }
        for text in ["你好", "", "<script>", String(repeating: "字", count: 20_000)] {
            one.send(text: text)
            #expect(try await one.receiveText() == "不要回复不要回复")
        }
        one.send(bytes: ByteBuffer(string: "x"))
        for socket in [one, two] { #expect(await socket.receiveNothing()) }
        one.send(text: "关闭")
        #expect(try await one.receiveClose().code == .normal)
        try await two.disconnect()
    }

    @Test("list: each text reaches every connection, the sender's too, in one order; who has gone is gone")
    func list() async throws {
        let site = try await TestSite()
        var sockets: [WebSocketCommunicator] = []
        for number in 1...4 { sockets.append(try await site.lesson("list", user: "user\(number)")) }
        for number in 1...10 {
            for (index, socket) in sockets.enumerated() { socket.send(text: "\(index) \(number)") }
        }
        var seen: [[String]] = []
        for socket in sockets {
            var texts: [String] = []
            for _ in 1...40 { texts.append(try await socket.receiveText()) }
            seen.append(texts)
        }
        #expect(Set(seen).count == 1 && Set(seen[0]).count == 40)
        #expect(seen[0].filter { $0.hasPrefix("2 ") } == (1...10).map { "2 \($0)" })

        try await sockets.removeFirst().disconnect()
        sockets.removeFirst().vanish()
        sockets[0].send(text: "after")
        for socket in sockets { #expect(try await socket.receiveText() == "after") }
        sockets[0].send(text: "关闭")
        #expect(try await sockets[0].receiveClose().code == .normal)
        #expect(await sockets[1].receiveNothing(), "nobody sees the word")
        try await sockets[1].disconnect()
    }

    @Test("list: nobody waits for one who does not read")
    func slowReader() async throws {
        let site = try await TestSite()
        let slow = try await site.lesson("list", user: "user11")
        let quick = try await site.lesson("list", user: "user12")
        slow.setPressure(.full)
        quick.send(text: "hello")
        #expect(try await quick.receiveText() == "hello")
        slow.setPressure(.none)
        #expect(await slow.receiveNothing())
        for socket in [slow, quick] { try await socket.disconnect() }
    }

    @Test("list: over 4000 characters, or over 20 texts in 10 s, the sender is closed with 1008")
    func limits() async throws {
        let site = try await TestSite()
        var socket = try await site.lesson("list", user: "user13")
        socket.send(text: String(repeating: "😀", count: 4_001))
        #expect(try await socket.receiveClose().code == .policyViolation)
        socket = try await site.lesson("list", user: "user13")
        for number in 1...21 { socket.send(text: "\(number)") }
        for number in 1...20 { #expect(try await socket.receiveText() == "\(number)") }
        #expect(try await socket.receiveClose().code == .policyViolation)
    }

    @Test("nobody but the signed-in, and nobody from elsewhere, gets a socket", arguments: ["echo", "list"])
    func refusals(lesson: String) async throws {
        let site = try await TestSite()
        let application = try #require(site.router.application(for: WebSocket.self))
        let browser = Browser(site)
        let path = "/ws/lesson/\(lesson)/"
        let anonymous = WebSocketCommunicator(
            application, path: path, headers: browser.headers, state: site.lifespan.state)
        #expect(try await anonymous.connect().status == .forbidden)
        #expect(try await browser.get("/lesson/\(lesson)/").status == .seeOther)
        try await browser.signIn("user1")
        var headers = browser.headers
        headers[.origin] = "https://evil.example"
        let foreign = WebSocketCommunicator(application, path: path, headers: headers, state: site.lifespan.state)
        #expect(try await foreign.connect().status == .forbidden)
    }

    @Test(
        "a page has its texts in both languages, and its consumer's source as text",
        arguments: [("echo", "回声", "echo", "EchoConsumer"), ("list", "群聊", "group chat", "ListConsumer")])
    func page(lesson: String, chinese: String, english: String, consumer: String) async throws {
        let browser = Browser(try await TestSite())
        try await browser.signIn("user1")
        let page = try await browser.get("/lesson/\(lesson)/")
        #expect(page.status == .ok)
        for text in [chinese, "请输入", "发送", "关闭连接", "[连接成功]", "[断开连接]", "/ws/lesson/\(lesson)/"] {
            #expect(page.text.contains(text), "\(text)")
        }
        #expect(page.text.contains("final class \(consumer): Consumer {"))
        #expect(lesson == "echo" || page.text.contains("Send&lt;WebSocket&gt;"))
        let translated = try await browser.get("/lesson/\(lesson)/?lang=en").text
        for text in [english, "Type something", "Send", "Disconnect", "[Connected]", "[Disconnected]"] {
            #expect(translated.contains(text), "\(text)")
        }
    }
}

extension TestSite {
    /// An open socket of a lesson, in plain mode.
    fileprivate func lesson(_ name: String, user: String = "user1") async throws -> WebSocketCommunicator {
        let socket = try await socket("/ws/lesson/\(name)/", user: user, json: false)
        #expect(try await socket.connect().isAccepted)
        return socket
    }
}
