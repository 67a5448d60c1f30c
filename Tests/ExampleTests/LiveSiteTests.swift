// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("The site over real connections", .timeLimit(.minutes(2)))
struct LiveSiteTests {
    /// Posts of each user, and as many messages by socket.
    private static let each = 5

    @Test("20 long polls and 20 sockets of 20 users in one room see every message once, in order")
    func crowd() async throws {
        let total = DemoUsers.names.count * 2 * Self.each
        try await Self.run { site, server in
            let seen = try await withThrowingTaskGroup(of: [Int].self) { group in
                for name in DemoUsers.names {
                    let user = try await LiveUser(name, site, server)
                    let queue = try await user.openQueue()
                    let socket = try await user.join("/room/home/?since=0")
                    group.addTask { try await user.poll(queue, until: total) }
                    group.addTask { try await Self.listen(socket, until: total) }
                    group.addTask {
                        for number in 1...Self.each {
                            try await user.post("\(name) posts \(number)")
                            try await socket.send(text: Self.text(Frame.send("\(name) sends \(number)")))
                        }
                        return []
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let complete = seen.filter { !$0.isEmpty }
            #expect(complete.count == 2 * DemoUsers.names.count)
            for ids in complete { #expect(ids == Array(1...total)) }
        }
    }

    @Test("a frame over 64 KiB is answered by 1009; one below is not")
    func frameLimit() async throws {
        try await Self.run { site, server in
            let socket = try await LiveUser("user1", site, server).join("/room/1/")
            try await socket.send(text: String(repeating: "x", count: 65_536))
            try await Self.expect("error", from: socket)
            try await socket.send(text: String(repeating: "x", count: 65_537))
            #expect(try await Self.close(of: socket).code == .messageTooBig)
        }
    }

    @Test("a server that stops closes with 1001 or 1012, so that pages come back")
    func stop() async throws {
        try await Self.run { site, server in
            let socket = try await LiveUser("user1", site, server).join("/room/1/")
            try await Self.expect("welcome", from: socket)
            async let stopped = server.stop()
            #expect([.goingAway, .serviceRestart].contains(try await Self.close(of: socket).code))
            await socket.connection.close()
            #expect(await stopped)
        }
    }

    /// The site on a port, with its own limits.
    private static func run(_ body: (TestSite, LiveServer) async throws -> Void) async throws {
        let site = try await TestSite()
        let application = ProtocolTypeRouter(
            http: site.router.application(for: HTTP.self),
            webSocket: site.router.application(for: WebSocket.self))
        try await withLiveServer(
            application, state: site.lifespan.state, configuration: Site().serverConfiguration
        ) { try await body(site, $0) }
    }

    private static func listen(_ socket: WebSocketClient, until total: Int) async throws -> [Int] {
        var ids: [Int] = []
        while ids.count < total {
            let frame = try Self.frame(try await socket.receiveText(timeout: .seconds(60)))
            if frame.type == "message" { ids.append(try #require(frame.id)) }
        }
        return ids
    }

    private static func expect(_ type: String, from socket: WebSocketClient) async throws {
        while try Self.frame(try await socket.receiveText()).type != type {}
    }

    /// The close that comes at last.
    private static func close(of socket: WebSocketClient) async throws -> WebSocketClose {
        while true {
            if case .close(let close) = try await socket.receive() { return close }
        }
    }

    private static func frame(_ text: String) throws -> Frame {
        try JSONDecoder().decode(Frame.self, from: Data(text.utf8))
    }

    private static func text(_ frame: Frame) throws -> String {
        String(decoding: try JSONEncoder().encode(frame), as: UTF8.self)
    }
}

/// A signed-in user with connections of their own.
private struct LiveUser {
    private let server: LiveServer
    private let headers: HTTPFields

    init(_ name: String, _ site: TestSite, _ server: LiveServer) async throws {
        let client = try await PollingClient(site, user: name)
        self.server = server
        headers = [
            .cookie: client.browser.headers[.cookie] ?? "", .accept: "application/json",
            .contentType: "application/json", try #require(.init("X-CSRF-Token")): client.token,
        ]
    }

    func openQueue() async throws -> String {
        let reply = try await request(on: server.http(), .post, "/home/queue/")
        #expect(reply.status == .created)
        return try #require(reply.json.queue)
    }

    func post(_ text: String) async throws {
        let body = try JSONEncoder().encode(["text": text, "cid": text])
        let reply = try await request(on: server.http(), .post, "/home/messages/", ByteBuffer(bytes: body))
        #expect(reply.status == .created)
    }

    /// Polls on one connection, as a page does, until it has so many messages.
    func poll(_ queue: String, until total: Int) async throws -> [Int] {
        let connection = try await server.http()
        var ids: [Int] = []
        while ids.count < total {
            let target = "/home/poll/?queue=\(queue)&after=\(ids.last ?? 0)&timeout=30"
            ids += try #require(try await request(on: connection, .get, target).ids)
        }
        return ids
    }

    func join(_ target: String) async throws -> WebSocketClient {
        let cookie: HTTPFields = [.cookie: headers[.cookie] ?? ""]
        let socket = try await server.webSocket(target, subprotocols: [LiveConsumer.subprotocol], headers: cookie)
        #expect(socket.answer.subprotocol == LiveConsumer.subprotocol)
        return socket
    }

    private func request(
        on connection: HTTPClient, _ method: HTTPRequest.Method, _ target: String, _ body: ByteBuffer = ByteBuffer()
    ) async throws -> Reply {
        try Reply(try await connection.request(method, target, headers: headers, body: body, timeout: .seconds(60)))
    }
}
