// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTesting
import Testing

private struct Said: SluiceChannelLayers.ChannelEvent {
    static let type = "test.said"
    var text: String
}

/// Says what it hears to the whole group, by its handlers or past them.
private final class Member: Consumer {
    override class var groups: [GroupName] { ["room"] }
    override class var handlers: [Handler] { [.on(Member.said)] }

    override func receive(text: String) async throws {
        if scope.route["way"] == "fast" {
            try await channelLayer.groupBroadcast("room", text: text)
        } else {
            try await channelLayer.groupSend("room", Said(text: text))
        }
    }

    func said(_ event: Said) async throws { try await send(text: event.text) }
}

@Suite("Fan-out on real sockets", .serialized, .timeLimit(.minutes(5)))
struct FanOutTests {
    @Test(
        "1, 2 and 20 senders, 200 receivers on two loops: everybody hears everything once, in one order",
        arguments: [1, 2, 20], ["slow", "fast"])
    func fanOut(senders: Int, way: String) async throws {
        let router = ProtocolTypeRouter(webSocket: URLRouter { Route("/<way>/", Member.init) })
        let each = 10 / senders + 1
        try await withLiveServer(router) { server in
            let clients = try await withThrowingTaskGroup(of: WebSocketClient.self) { tasks in
                var clients: [WebSocketClient] = []
                for number in 0..<200 {
                    if number >= 32, let client = try await tasks.next() { clients.append(client) }
                    tasks.addTask { try await server.webSocket("/\(way)/") }
                }
                for try await client in tasks { clients.append(client) }
                return clients
            }
            let heard: [[String]] = try await withThrowingTaskGroup(of: [String].self) { tasks in
                for client in clients {
                    tasks.addTask {
                        var texts: [String] = []
                        for _ in 0..<(senders * each) { texts.append(try await client.receiveText()) }
                        return texts
                    }
                }
                for (sender, client) in clients.prefix(senders).enumerated() {
                    tasks.addTask {
                        for number in 0..<each { try await client.send(text: "\(sender):\(number)") }
                        return []
                    }
                }
                var heard: [[String]] = []
                for try await texts in tasks where !texts.isEmpty { heard.append(texts) }
                return heard
            }
            #expect(heard.count == 200 && Set(heard).count == 1)
            for texts in heard {
                let order = (0..<senders).allSatisfy { sender in
                    texts.filter { $0.hasPrefix("\(sender):") } == (0..<each).map { "\(sender):\($0)" }
                }
                #expect(order)
            }
            #expect(server.state.channelLayer().statistics.dropped == [:])
        }
    }
}
