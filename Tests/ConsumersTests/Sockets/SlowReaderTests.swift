// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceServer
import SluiceTesting
import Testing

/// Holds little for a client that is behind, and tells it what it has missed.
private final class Feed: Consumer {
    override class var groups: [GroupName] { ["feed"] }
    override class var overflowPolicy: OverflowPolicy { .dropOldest }
    override class var inboxBudget: InboxBudget { InboxBudget(events: 10) }
    override func missed(_ gap: Gap) async throws { try await send(text: "missed \(gap.count)") }
}

/// Holds whatever comes.
private final class Patient: Consumer {
    override class var groups: [GroupName] { ["feed"] }
    override class var overflowPolicy: OverflowPolicy { .dropOldest }
    override class var inboxBudget: InboxBudget { InboxBudget(bytes: 64 << 20, events: 100_000) }
    override func missed(_ gap: Gap) async throws { try await close(code: 4001) }
}

@Suite("Broadcasts for a client on a real socket that does not read", .serialized, .timeLimit(.minutes(2)))
struct SlowReaderTests {
    private static let count = 450
    private static let padding = String(repeating: "x", count: 16 << 10)

    /// Broadcasts to a client that reads only afterwards.
    ///
    /// - Returns: what it heard: numbers, and how many it has missed.
    private func broadcast(_ route: Route<WebSocket>) async throws -> (numbers: [Int], missed: Int) {
        var configuration = ServerConfiguration()
        configuration.outboxBytes = 64 << 10
        // However slow the machine is: behind, not stalled.
        configuration.webSocket.stallTimeout = 600
        let quick = Route<WebSocket>("/quick/", application: ConsumerApplication(Consumer.init))
        let router = ProtocolTypeRouter(
            webSocket: URLRouter {
                route; quick
            })
        let server = try await LiveServer(router, configuration: configuration, threads: 1)
        let connection = try await server.connect(receiveBuffer: 8 << 10)
        let client = try await WebSocketClient(connection, "/feed/")
        let other = try await server.webSocket("/quick/")
        try await connection.pauseReading()
        for number in 0..<Self.count {
            try await server.state.channelLayer().groupBroadcast("feed", text: "\(number) \(Self.padding)")
            guard number % 8 == 0 else { continue }
            // The one event loop has taken what was sent until now.
            try await other.ping()
            _ = try await other.receive()
        }
        try await connection.resumeReading()
        var numbers: [Int] = []
        var missed = 0
        while numbers.last != Self.count - 1 || numbers.count + missed < Self.count {
            let words = try await client.receiveText().split(separator: " ")
            if words[0] == "missed" { missed += Int(words[1]) ?? 0 } else { numbers.append(Int(words[0]) ?? -1) }
        }
        try await client.close()
        #expect(await server.stop())
        return (numbers, missed)
    }

    @Test("Over the budget the oldest go: the client gets the newest in order, and is told how many it has missed")
    func overBudget() async throws {
        let heard = try await broadcast(Route("/feed/", Feed.init))
        #expect(heard.missed > 0 && heard.numbers.count + heard.missed == Self.count)
        #expect(heard.numbers == heard.numbers.sorted() && Set(heard.numbers).count == heard.numbers.count)
        #expect(Array(heard.numbers.suffix(10)) == Array((Self.count - 10)..<Self.count))
    }

    @Test("Within the budget nothing is lost: all of it arrives in order when the client reads on")
    func withinBudget() async throws {
        let heard = try await broadcast(Route("/feed/", Patient.init))
        #expect(heard.missed == 0 && heard.numbers == Array(0..<Self.count))
    }
}
