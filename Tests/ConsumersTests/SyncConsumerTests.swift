// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTesting
import Testing

/// Relays what it hears to a group; some words make it do what it cannot do without waiting.
private final class Relay: SyncConsumer {
    private let journal: Journal
    private var heard = 0

    init(_ context: ConsumerContext, _ journal: Journal) {
        self.journal = journal
        super.init(context)
    }

    override class var handlers: [Handler] { [.on(Relay.said), .on(Relay.pinged)] }

    override func connect() async throws {
        try await channelLayer.groupAdd("relay", channelName)
        every(.seconds(3_600), Relay.tick)
        try await accept()
    }

    override func received(_ message: WebSocketMessage) throws {
        heard += 1
        switch message {
        case .text("throw"): throw Failure()
        case .text("close"): try close(code: 4_001, reason: "as asked")
        case .text("stop"): throw StopConsumer()
        case .text("ping"): try publish(Ping(number: heard), to: "relay")
        case .text("later"): after(.zero, Relay.tick)
        case .text("flood"): for _ in 0..<64 { try send(bytes: ByteBuffer(repeating: 0, count: 256 << 10)) }
        case .text(let text): try publish(Said(text: text), to: "relay")
        case .bytes(let bytes): try send(bytes: bytes)
        }
    }

    /// Never waits.
    func said(_ event: Said) throws { try send(text: event.text) }

    /// May wait, so it runs in the consumer's task.
    func pinged(_ event: Ping) async throws {
        await Task.yield()
        try await send(text: "ping \(event.number)")
    }

    func tick() async throws { try await send(text: "tick") }

    override func onError(_ error: any Error) async -> ErrorAction {
        journal.write("error \(error)")
        return error is Failure ? .keep : await super.onError(error)
    }

    override func disconnect(code: WebSocketCloseCode) async throws { journal.write("disconnect \(code.rawValue)") }
}

private struct Said: SluiceChannelLayers.ChannelEvent {
    static let type = "test.said"
    var text: String
}

private struct Passing: ConsumerFilter {
    func handle(_ event: ConsumerEvent, of consumer: ChannelConsumer, next: () async throws -> Void) async throws {
        try await next()
    }
}

private class FilteredEcho: SyncConsumer {
    override class var filters: [any ConsumerFilter] { [Passing()] }
    override func received(_ message: WebSocketMessage) throws {
        if case .text(let text) = message { try send(text: text) }
    }
}

@Suite("Synchronous consumers", .timeLimit(.minutes(1)))
struct SyncConsumerTests {
    private func withRelay(_ body: (LiveServer, Journal) async throws -> Void) async throws {
        let journal = Journal()
        let state = LifespanState.testing()
        let router = ProtocolTypeRouter(webSocket: ConsumerApplication { Relay($0, journal) })
        try await withLiveServer(router, state: state) { server in
            try await body(server, journal)
            try await expectNoLeaks(in: state, connections: { server.connections })
        }
    }

    @Test("messages and events that need no task and those that do keep their order")
    func order() async throws {
        try await withRelay { server, journal in
            let client = try await server.webSocket("/")
            let other = try await server.webSocket("/")
            for text in ["one", "two", "ping", "three", "ping", "four"] { try await client.send(text: text) }
            for member in [client, other] {
                for expected in ["one", "two", "ping 3", "three", "ping 5", "four"] {
                    #expect(try await member.receiveText() == expected)
                }
            }
            try await client.send(bytes: ByteBuffer(bytes: [1, 2, 3]))
            #expect(try await client.receiveBytes() == ByteBuffer(bytes: [1, 2, 3]))
            try await client.close()
            try await other.close()
        }
    }

    @Test("a hundred members and ten senders: nothing is lost, everybody sees the same order")
    func many() async throws {
        try await withRelay { server, journal in
            var members: [WebSocketClient] = []
            for _ in 0..<100 { members.append(try await server.webSocket("/")) }
            for sender in 0..<10 {
                for number in 0..<20 { try await members[sender].send(text: "\(sender) \(number)") }
            }
            var first: [String] = []
            for _ in 0..<200 { first.append(try await members[0].receiveText()) }
            #expect(Set(first).count == 200)
            for member in members.dropFirst() {
                for expected in first { #expect(try await member.receiveText() == expected) }
            }
            for member in members { try await member.close() }
        }
    }

    @Test("what is thrown reaches onError, and the connection goes on or ends by its answer")
    func errors() async throws {
        try await withRelay { server, journal in
            let client = try await server.webSocket("/")
            try await client.send(text: "throw")
            try await client.send(text: "on")
            #expect(try await client.receiveText() == "on")
            try await client.send(text: "later")
            #expect(try await client.receiveText() == "tick")
            try await client.send(text: "close")
            #expect(try await client.receiveClose() == WebSocketClose(code: 4_001, reason: "as asked"))
            try await eventually("disconnect") { journal.disconnects == ["disconnect 4001"] }
            #expect(journal.lines.filter { $0.hasPrefix("error") } == ["error Failure()"])
        }
    }

    @Test("one call that sends more than may be queued fails with outboxFull, and the client is closed with 1013")
    func flood() async throws {
        try await withRelay { server, journal in
            let client = try await server.webSocket("/")
            try await client.send(text: "flood")
            var bytes = 0
            reading: while true {
                switch try await client.receive() {
                case .message(.bytes(let piece)): bytes += piece.readableBytes
                case .close(let close):
                    #expect(close.code == .tryAgainLater)
                    break reading
                default: break reading
                }
            }
            #expect(bytes <= 2 << 20)
            try await eventually("disconnect") { journal.disconnects.count == 1 }
        }
    }

    @Test("StopConsumer waives disconnect, as in every consumer")
    func stop() async throws {
        try await withRelay { server, journal in
            let client = try await server.webSocket("/")
            try await client.send(text: "stop")
            _ = try await client.receiveClose()
            #expect(journal.disconnects.isEmpty)
        }
    }

    @Test("without an executor for it, and behind filters, the same hooks run in the task")
    func inTask() async throws {
        let journal = Journal()
        let communicator = WebSocketCommunicator(ConsumerApplication { Relay($0, journal) })
        #expect(try await communicator.connect().isAccepted)
        communicator.send(text: "hello")
        #expect(try await communicator.receiveText() == "hello")
        communicator.send(text: "ping")
        #expect(try await communicator.receiveText() == "ping 2")
        try await communicator.disconnect()

        let router = ProtocolTypeRouter(webSocket: ConsumerApplication(FilteredEcho.init))
        try await withLiveServer(router, state: .testing()) { server in
            let client = try await server.webSocket("/")
            try await client.send(text: "filtered")
            #expect(try await client.receiveText() == "filtered")
            try await client.close()
        }
    }
}
