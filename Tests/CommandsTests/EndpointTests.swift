// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import NIOCore
import SluiceCore
import SluiceTesting
import Testing

import class TestProcesses.ChildProcess

@Suite("The end points of Lab, on both servers", .timeLimit(.minutes(5)))
struct EndpointTests {
    @Test("HTTP: texts, JSON, typed routes, echoes, streams, events, 404", arguments: ProcessTests.hosts)
    func http(host: [String]) async throws {
        try await Served.run(.lab, host) { served in
            for path in ["/", "/plain", "/hello"] {
                let response = try await served.get(path)
                #expect(response.text == "Hello, World!")
                #expect(response.headers[.contentType] == "text/plain; charset=utf-8")
            }
            let json = try await served.get("/json")
            #expect(json.text == #"{"message":"Hello, World!"}"#)
            #expect(json.headers[.contentType]?.hasPrefix("application/json") == true)
            let item = try await served.object("/items/7/?q=a%20b")
            #expect(item.number("id") == 7 && item.text("q") == "a b")
            let bare = try await served.object("/items/7/")
            #expect(bare.isNull("q"))
            #expect(try await served.get("/items/seven/").status == .notFound)
            #expect(try await served.get("/user/42").text == "42")
            #expect(try await served.get("/nowhere").status == .notFound)
            #expect(try await served.get("/stream?n=3&size=5").text == "xxxxxxxxxxxxxxx")
            #expect(try await served.get("/stream?n=-1").status == .badRequest)
            try await echoes(served)
            try await events(served)
        }
    }

    private func echoes(_ served: Served) async throws {
        let client = HTTPClient(try await served.connect())
        let type = HTTPFields([HTTPField(name: .contentType, value: "application/x-own")])
        for method in [HTTPRequest.Method.post, .put] {
            let body = ByteBuffer(repeating: 7, count: method == .put ? 300_000 : 3)
            let response = try await client.request(method, "/echo", headers: type, body: body)
            #expect(response.body == body && response.headers[.contentType] == "application/x-own")
        }
    }

    private func events(_ served: Served) async throws {
        let client = HTTPClient(try await served.connect())
        try await client.send(.get, "/events")
        var text = ""
        while !text.contains("data: 2\n\n") {
            guard case .bytes(let bytes) = try await client.connection.receive() else { break }
            text += String(buffer: bytes)
        }
        #expect(text.contains("text/event-stream") && text.contains("data: 0\n\n"))
        await client.connection.close()
    }

    @Test("WebSocket: echo with subprotocols, denials, closes, throws, groups, 404", arguments: ProcessTests.hosts)
    func webSocket(host: [String]) async throws {
        try await Served.run(.lab, host) { served in
            for path in ["/ws/echo/", "/echo"] {
                let socket = try await served.webSocket(path, subprotocols: ["other", "echo.v2", "echo.v1"])
                #expect(socket.answer.subprotocol == "echo.v2")
                try await socket.send(text: "聊天")
                #expect(try await socket.receiveText() == "聊天")
                try await socket.send(bytes: ByteBuffer(bytes: [0, 255]))
                #expect(try await socket.receiveBytes() == ByteBuffer(bytes: [0, 255]))
            }
            let denied = try await served.webSocket("/ws/deny/?status=418")
            #expect(denied.answer.status.code == 418 && denied.answer.text == "denied")
            let closed = try await served.webSocket("/ws/close/?code=4321&reason=because")
            #expect(try await closed.receiveClose() == WebSocketClose(code: 4321, reason: "because"))
            #expect(try await served.webSocket("/nowhere").answer.status == .notFound)
            #expect(try await served.webSocket("/plain").answer.status == .notFound)

            let thrown = try await served.webSocket("/ws/raise/")
            try await thrown.send(text: "fine")
            #expect(try await thrown.receiveText() == "fine")
            try await thrown.send(text: "throw")
            #expect(try await thrown.receiveClose().code == .internalError)
            #expect(try await served.webSocket("/ws/raise/?at=connect").answer.status == .internalServerError)
            let last = try await served.webSocket("/ws/raise/?at=disconnect")
            try await last.close()

            for path in ["/ws/one/", "/ws/fast/one/", "/group", "/group-fast"] { try await group(served, path) }
        }
    }

    /// Text and bytes of one member reach all, the sender too.
    private func group(_ served: Served, _ path: String) async throws {
        let members = [try await served.webSocket(path), try await served.webSocket(path)]
        // Both are in: what the second says reaches the first.
        try await members[1].send(text: "聊")
        for member in members { #expect(try await member.receiveText() == "聊") }
        try await members[0].send(bytes: ByteBuffer(bytes: [0]))
        for member in members { #expect(try await member.receiveBytes() == ByteBuffer(bytes: [0])) }
        for member in members { try await member.close() }
    }

    @Test(
        "/stats counts connections, consumers, groups, messages, and is at zero again when all have gone",
        arguments: ProcessTests.hosts)
    func statistics(host: [String]) async throws {
        try await Served.run(.lab, host) { served in
            let keys: Set = [
                "connections", "consumers", "groups", "memberships", "connects_total", "disconnects_total",
                "messages_in", "messages_out", "dropped", "rss_bytes",
            ]
            #expect(keys.isSubset(of: try await served.object("/stats").keys))
            let sockets = [
                try await served.webSocket("/ws/a/"), try await served.webSocket("/ws/a/"),
                try await served.webSocket("/ws/fast/b/"),
            ]
            try await sockets[0].send(text: "x")
            for socket in sockets[0...1] { #expect(try await socket.receiveText() == "x") }
            let busy = try await served.object("/stats")
            #expect(busy.number("consumers") == 3 && busy.number("groups") == 2 && busy.number("memberships") == 3)
            #expect(busy.number("messages_in") == 1 && busy.number("messages_out") == 2)
            #expect(busy.number("connections") == 4 && busy.number("rss_bytes") ?? 0 > 1 << 20)
            for socket in sockets { try await socket.close() }
            try await eventually("nothing is left") {
                let idle = try await served.object("/stats")
                return idle.number("connections") == 1 && idle.number("consumers") == 0 && idle.number("groups") == 0
                    && idle.number("memberships") == 0 && idle.number("connects_total") == 3
                    && idle.number("disconnects_total") == 3
            }
        }
    }

    @Test("The JSON room: objects for all, commands for one")
    func room() async throws {
        try await Served.run { served in
            let one = try await served.webSocket("/ws/json/hall/"), two = try await served.webSocket("/ws/json/hall/")
            func ask(_ socket: WebSocketClient, _ command: String) async throws -> JSONObject {
                try await socket.send(text: command)
                return try await socket.receiveObject()
            }
            let who = try await ask(one, #"{"cmd":"whoami"}"#)
            #expect(who.text("reply") == "whoami" && who.number("pid") ?? 0 > 1)
            let channel = try #require(try await ask(two, #"{"cmd":"whoami"}"#).text("channel"))
            #expect(channel.hasPrefix("specific."))

            try await one.send(text: #"{"text":"hi","n":1.5,"deep":[{"a":null}]}"#)
            for socket in [one, two] {
                #expect(try await socket.receiveText() == #"{"deep":[{"a":null}],"n":1.5,"text":"hi"}"#)
            }

            #expect(
                try await ask(two, #"{"cmd":"join","group":"attic"}"#).description
                    == #"{"group":"attic","reply":"join"}"#)
            let attic = try await served.webSocket("/ws/json/attic/")
            try await attic.send(text: #"{"from":"attic"}"#)
            for socket in [two, attic] { #expect(try await socket.receiveText() == #"{"from":"attic"}"#) }
            #expect(try await ask(two, #"{"cmd":"leave","group":"attic"}"#).text("reply") == "leave")
            try await attic.send(text: #"{"from":"attic again"}"#)
            #expect(try await attic.receiveText() == #"{"from":"attic again"}"#)

            let sent = try await ask(one, #"{"cmd":"send","channel":"\#(channel)","payload":{"direct":true}}"#)
            #expect(sent.description == #"{"ok":true,"reply":"send"}"#)
            #expect(try await two.receiveText() == #"{"direct":true}"#)
            let lost = try await ask(one, #"{"cmd":"send","channel":"specific.0!1","payload":{}}"#)
            #expect(lost.flag("ok") == false && lost.text("error")?.isEmpty == false)
            // A named channel that nobody reads holds 100 events.
            for _ in 0..<100 {
                #expect(try await ask(one, #"{"cmd":"send","channel":"shelf","payload":{}}"#).flag("ok") == true)
            }
            let full = try await ask(one, #"{"cmd":"send","channel":"shelf","payload":{}}"#)
            #expect(full.description == #"{"error":"ChannelFull","ok":false,"reply":"send"}"#)
        }
    }

    @Test("The JSON room: a burst arrives whole and in order, a stall delays nobody else, bad messages are told")
    func burst() async throws {
        try await Served.run { served in
            let one = try await served.webSocket("/ws/json/hall/"), two = try await served.webSocket("/ws/json/hall/")
            try await two.send(text: #"{"ready":true}"#)
            for socket in [one, two] { _ = try await socket.receiveObject() }
            try await one.send(text: #"{"cmd":"burst","n":200,"size":10,"tag":"t"}"#)
            #expect(try await one.receiveText() == #"{"failed":0,"reply":"burst","sent":200}"#)
            for socket in [one, two] {
                for number in 0..<200 {
                    #expect(try await socket.receiveText() == #"{"n":\#(number),"pad":"xxxxxxxxxx","tag":"t"}"#)
                }
            }
            try await one.send(text: #"{"cmd":"stall","ms":600000}"#)
            try await two.send(text: #"{"meanwhile":1}"#)
            #expect(try await two.receiveText() == #"{"meanwhile":1}"#)
            for bad in ["no JSON", "[1]", #"{"cmd":"fly"}"#] {
                try await two.send(text: bad)
                #expect(try await two.receiveObject().text("code") == "bad_message")
            }
        }
    }

    @Test("Options: sizes, origins, no ping, a small inbox under each policy")
    func options() async throws {
        let sizes = ["--max-message-size", "100", "--max-frame-size", "50", "--ping-interval", "0"]
        try await Served.run(.lab, sizes + ["--allowed-origin", "https://good.example"]) { served in
            let good = HTTPFields([HTTPField(name: .origin, value: "https://good.example")])
            let bad = HTTPFields([HTTPField(name: .origin, value: "https://evil.example")])
            #expect(try await served.webSocket("/ws/echo/", headers: bad).answer.status == .forbidden)
            let socket = try await served.webSocket("/ws/echo/", headers: good)
            try await socket.send(text: String(repeating: "x", count: 50))
            #expect(try await socket.receiveText().count == 50)
            try await socket.send(text: String(repeating: "x", count: 51))
            #expect(try await socket.receiveClose().code == .messageTooBig)
        }
        for policy in ["disconnect", "drop-oldest", "drop-newest", "coalesce", "wait"] {
            let small = ["--overflow", policy, "--inbox-bytes", "2000", "--outbox-bytes", "4096"]
            try await Served.run(.lab, small) { served in
                for path in ["/ws/g/", "/ws/fast/g/", "/ws/json/g/"] {
                    let socket = try await served.webSocket(path)
                    try await socket.send(text: #"{"a":1}"#)
                    #expect(try await socket.receiveText() == #"{"a":1}"#)
                }
            }
        }
    }

    @Test("Several channel layers, and the one that passes events through their wire form")
    func layers() async throws {
        let layers = ["--channel-layer", "memory:?encode=always", "--channel-layer", "other=memory:"]
        for program in [Program.lab, .example] {
            try await Served.run(program, layers) { served in
                #expect(try await served.get("/health/ready").text == #"{"status":"ok"}"#)
                guard program == .lab else { return }
                let socket = try await served.webSocket("/ws/json/g/")
                try await socket.send(text: #"{"a":[1,null,"聊"]}"#)
                #expect(try await socket.receiveText() == #"{"a":[1,null,"聊"]}"#)
            }
        }
    }
}
