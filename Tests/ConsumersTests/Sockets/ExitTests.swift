// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTesting
import Testing

/// Joins groups, then ends as its path says.
private final class Leaving: Consumer {
    override class var groups: [GroupName] { ["all"] }
    override class var handlers: [Handler] { [.on(Leaving.ping)] }

    override func connect() async throws {
        try await channelLayer.groupAdd("half.\(scope.path.utf8.count % 2)", channelName)
        every(.seconds(3_600), Leaving.tick)
        switch scope.path {
        case "/denied/": try await deny()
        case "/throws-early/": throw Failure()
        default: try await accept()
        }
    }

    override func receive(text: String) async throws {
        switch scope.path {
        case "/closes/": try await close(code: 4007, reason: "enough")
        case "/throws/": throw Failure()
        case "/stops/": throw StopConsumer()
        default: try await send(text: text)
        }
    }

    func ping(_ event: Ping) async throws {}
    func tick() async throws {}
}

@Suite("Consumers on real sockets", .timeLimit(.minutes(2)))
struct ExitTests {
    /// Opens a connection and brings it to its end in one of the ways; the stayers are left open.
    private static func end(_ number: Int, _ server: LiveServer) async throws -> WebSocketClient? {
        func connect(_ path: String) async throws -> WebSocketClient { try await server.webSocket(path) }
        switch number % 10 {
        case 0:
            let client = try await connect("/client-closes/")
            #expect(try await client.close(4001, reason: "bye").code == 4001)
        case 1:
            let client = try await connect("/closes/")
            try await client.send(text: "go")
            #expect(try await client.receiveClose() == WebSocketClose(code: 4007, reason: "enough"))
            try? await client.sendClose(4007)  // where we are slow, the server has not waited
            #expect(try await client.receive() == .ended)
        case 2:
            let client = try await connect("/throws/")
            try await client.send(text: "go")
            #expect(try await client.receiveClose().code == .internalError)
            await client.connection.close()
        case 3: #expect(try await connect("/denied/").answer.status == .forbidden)
        case 4: #expect(try await connect("/throws-early/").answer.status == .internalServerError)
        case 5:
            // A reset in the middle of a message.
            let client = try await connect("/resets/")
            try await client.send(raw: ByteBuffer(bytes: [0x81, 0x85, 1, 2]))
            await client.reset()
        case 6: await (try await connect("/ends/")).connection.close()
        case 7:
            let client = try await connect("/stops/")
            try await client.send(text: "go")
            #expect(try await client.receiveClose().code == .normal)
            await client.connection.close()
        case 8:
            // Gone before the handshake is answered.
            let connection = try await server.connect()
            try await connection.write(
                ByteBuffer(
                    string: """
                        GET /early/ HTTP/1.1\r
                        Host: x\r
                        Upgrade: websocket\r
                        Connection: Upgrade\r
                        Sec-WebSocket-Version: 13\r
                        Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
                        \r

                        """))
            await connection.reset()
        default:
            let client = try await connect("/stays/")
            try await client.send(text: "here")
            #expect(try await client.receiveText() == "here")
            return client
        }
        return nil
    }

    @Test("200 connections end in ten ways at once, the last by the server's stop: every connect has its disconnect")
    func exits() async throws {
        let router = ProtocolTypeRouter(webSocket: URLRouter { Route("/<way>/", Leaving.init) })
        let server = try await LiveServer(router)
        let stayers = try await withThrowingTaskGroup(of: WebSocketClient?.self) { tasks in
            var clients: [WebSocketClient] = []
            for number in 0..<200 {
                // As many at once as the accept queue of any system takes.
                if number >= 32, let client = try await tasks.next() ?? nil { clients.append(client) }
                tasks.addTask { try await Self.end(number, server) }
            }
            for try await client in tasks { client.map { clients.append($0) } }
            return clients
        }
        #expect(stayers.count == 20)
        let layer = server.state.channelLayer(), consumers = server.state[ConsumerStatistics.self]
        try await eventually("only those who stay are left") {
            consumers.live == 20 && layer.statistics.memberships == 40 && layer.statistics.channels == 20
        }
        #expect(try await layer.groupSend("all", Ping()).accepted == 20)
        async let stopped = server.stop(within: .seconds(30))
        for client in stayers {
            #expect(try await client.receiveClose().code == .serviceRestart)
            try? await client.sendClose(.serviceRestart)
        }
        #expect(await stopped)
        try await expectNoLeaks(in: server.state, connections: { server.connections }, within: .seconds(20))
        // Who was gone before the handshake may not have been seen at all.
        #expect((180...200).contains(consumers.connects))
    }
}
