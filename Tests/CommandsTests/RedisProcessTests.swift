// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import NIOCore
import SluiceCore
import SluiceTesting
import TestProcesses
import Testing

@Suite(
    "Several processes over one Redis", .enabled(if: RedisServer.isInstalled, "redis-server is not installed"),
    .timeLimit(.minutes(5)))
struct RedisProcessTests {
    private func withServer(_ body: (RedisServer) async throws -> Void) async throws {
        let server = try await RedisServer()
        do { try await body(server) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    // MARK: The example

    @Test(
        "the example: messages are live and presence is known in both processes, and one that is killed leaves no ghost"
    )
    func example() async throws {
        try await withServer { server in
            try await TemporaryFolder.with { folder in
                let arguments = ["--demo", "--channel-layer", server.url + "?down=queue,30"]
                try await Served.run(.example, arguments, folder: folder) { one in
                    try await Served.run(.example, arguments, folder: folder) { other in
                        try await talk(one, other)
                    }
                }
            }
        }
    }

    private func talk(_ one: Served, _ other: Served) async throws {
        let first = try await join(one, "user1")
        #expect(try await first.frame("welcome").texts("users") == ["user1"])
        let second = try await join(other, "user2")
        #expect(try await second.frame("welcome").texts("users") == ["user1", "user2"])
        #expect(try await first.frame("presence").texts("users") == ["user1", "user2"])
        for (number, sender) in [first, second, first, second].enumerated() {
            try await sender.send(text: #"{"type":"send","cid":"c\#(number)","text":"聊 \#(number)"}"#)
            for socket in [first, second] {
                let message = try await socket.frame("message")
                #expect(message.text("text") == "聊 \(number)" && message.number("id") == number + 1)
            }
        }
        try await second.send(text: #"{"type":"typing","on":true}"#)
        #expect(try await first.frame("typing").text("user") == "user2")
        try await other.process.send(signal: SIGKILL)
        // Its lease of 10 s has to end first.
        #expect(try await first.frame("presence", within: .seconds(30)).texts("users") == ["user1"])
        #expect(try await one.get("/health/ready").status == .ok)
    }

    /// A JSON socket of a user who has signed in.
    private func join(_ served: Served, _ user: String) async throws -> WebSocketClient {
        let client = HTTPClient(try await served.connect())
        let page = try await client.request(.get, "/login/")
        let token = try #require(page.text.firstMatch(of: #/name="csrf-token" content="([^"]+)"/#)).1
        var form = URLComponents()
        form.queryItems = [
            URLQueryItem(name: "username", value: user), URLQueryItem(name: "password", value: "sluice-demo"),
            URLQueryItem(name: "csrf_token", value: String(token)),
        ]
        let origin = HTTPField(name: .origin, value: "http://localhost")
        let answer = try await client.request(
            .post, "/login/",
            headers: [
                .cookie: cookies(page), .contentType: "application/x-www-form-urlencoded", .origin: origin.value,
            ], body: ByteBuffer(string: form.percentEncodedQuery ?? ""))
        #expect(answer.status.kind == .redirection)
        await client.connection.close()
        let socket = try await served.webSocket(
            "/ws/hall/", subprotocols: ["sluice.json.v1"],
            headers: [.cookie: cookies(answer), .origin: origin.value])
        try #require(socket.answer.isAccepted)
        return socket
    }

    private func cookies(_ response: HTTPTestResponse) -> String {
        response.headers[values: .setCookie].map { String($0.prefix { $0 != ";" }) }.joined(separator: "; ")
    }

    // MARK: Users

    @Test("what is sent to a user reaches the user's sockets in both processes, and a kick closes them all")
    func users() async throws {
        try await withServer { server in
            let arguments = ["--channel-layer", server.url]
            try await Served.run(.workshop, arguments) { one in
                try await Served.run(.workshop, arguments) { other in
                    let annas = [try await one.webSocket("/user/anna/"), try await other.webSocket("/user/anna/")]
                    let ben = try await other.webSocket("/user/ben/")
                    try await ben.send(text: "anna hello")
                    for socket in annas { try await expect(["hello"], from: socket) }
                    try await annas[0].send(text: "ben hello to you")
                    #expect(try await ben.receiveText() == "hello to you")
                    try await ben.send(text: "anna kick")
                    for socket in annas {
                        #expect(try await socket.receiveClose() == WebSocketClose(code: 4_001, reason: "kicked"))
                    }
                    try await ben.send(text: "ben still here")
                    #expect(try await ben.receiveText() == "still here")
                }
            }
        }
    }

    // MARK: Workers

    @Test("worker processes: retries, a worker that is killed, one that is stopped while it works")
    func workers() async throws {
        try await withServer { server in
            let layer = ["--channel-layer", server.url + "?down=wait,30"]
            try await Served.run(.workshop, layer) { served in
                let socket = try await served.webSocket("/progress/")
                try await withWorker(layer) { worker in
                    try await socket.send(text: "1 2 0")
                    try await expect(["begun 1.1", "begun 1.2", "begun 1.3", "done 1"], from: socket)
                    // Failed for the last time: set aside.
                    try await socket.send(text: "2 9 0")
                    try await expect((1...3).map { "begun 2.\($0)" }, from: socket)
                    try await TestProcesses.eventually("it is set aside") {
                        try server.command("LLEN", "asgi__aside__jobs") == "1\n"
                    }
                    try await socket.send(text: "3 0 600000")
                    try await expect(["begun 3.1"], from: socket)
                    try await worker.send(signal: SIGKILL)
                }
                try await withWorker(layer) { worker in
                    // When the lease of the dead one is over.
                    try await expect(["begun 3.2"], from: socket)
                    try await worker.send(signal: SIGKILL)
                }
                try server.command("DEL", "asgi__held__jobs", "asgi__leased__jobs")
                try await withWorker(layer) { worker in
                    try await socket.send(text: "4 0 700")
                    try await expect(["begun 4.1"], from: socket)
                    try await worker.send(signal: SIGTERM)
                    #expect(try await worker.exitStatus() == 0)
                    try await expect(["done 4"], from: socket)
                }
                // What came after the stop waits for the next worker.
                try await socket.send(text: "5 0 0")
                try await withWorker(layer + ["--slots", "1"]) { _ in
                    try await expect(["begun 5.1", "done 5"], from: socket)
                }
                #expect(try server.command("EXISTS", "asgi__held__jobs", "asgi__queue__jobs") == "0\n")
            }
        }
    }

    @Test("a worker without work for a channel says so, in one line")
    func unknownChannel() async throws {
        let ended = try await Program.workshop.run("worker", "jobs", "nothing")
        #expect(ended.status != 0 && ended.errorLines.count == 1)
        #expect(ended.errors.contains("'nothing'") && ended.errors.contains("jobs"))
    }

    private func expect(_ lines: [String], from socket: WebSocketClient) async throws {
        for line in lines { #expect(try await socket.receiveText() == line) }
    }

    private func withWorker(_ arguments: [String], _ body: (ChildProcess) async throws -> Void) async throws {
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        let worker = try ChildProcess(
            Program.workshop.path, ["worker"] + arguments, environment: Program.environment, workingFolder: folder)
        do {
            _ = try await worker.captured("the start of a worker", within: .seconds(60)) {
                $0.contains("working on jobs\n") ? $0 : nil
            }
            try await body(worker)
        } catch {
            await worker.stop()
            throw error
        }
        await worker.stop()
    }
}

extension JSONObject {
    fileprivate func texts(_ key: String) -> [String]? { list(key) as? [String] }
}

extension WebSocketClient {
    /// The next frame of a type; others are passed over.
    fileprivate func frame(_ type: String, within limit: Duration = .seconds(20)) async throws -> JSONObject {
        while true {
            let frame = try JSONObject(try await receiveText(timeout: limit))
            if frame.text("type") == type { return frame }
        }
    }
}
