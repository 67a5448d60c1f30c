// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTesting
import Synchronization
import Testing

/// Sends 100 messages of 256 KiB for one, and counts what was taken; answers everything else.
private final class Flooding: Consumer {
    let sent: Progress

    init(_ context: ConsumerContext, _ sent: Progress) {
        self.sent = sent
        super.init(context)
    }

    override func receive(text: String) async throws {
        let message = ByteBuffer(repeating: 0x61, count: 256 << 10)
        for _ in 0..<100 {
            try await send(bytes: message)
            sent.add()
        }
    }
}

private final class Progress: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.wrappingAdd(1, ordering: .relaxed) }
}

@Suite("A client that does not read, over a real socket")
struct SlowReaderTests {
    @Test("its own consumer's sends wait; when it reads again, all messages come")
    func waits() async throws {
        let sent = Progress()
        let state = LifespanState.testing()
        let router = ProtocolTypeRouter(webSocket: ConsumerApplication { Flooding($0, sent) })
        try await withLiveServer(router, state: state) { server in
            let connection = try await server.connect(receiveBuffer: 64 << 10)
            let client = try await WebSocketClient(connection, "/")
            try await connection.pauseReading()
            try await client.send(text: "go")
            try await eventually("the first messages are taken") { sent.value > 0 }
            // Another connection is served all the while, so time passes for the server too.
            for _ in 0..<20 {
                let other = try await server.webSocket("/")
                try await other.ping()
                #expect(try await other.receive() == .pong(ByteBuffer()))
                try await other.close()
            }
            #expect(sent.value < 100)
            try await connection.resumeReading()
            for _ in 0..<100 { #expect(try await client.receiveBytes().readableBytes == 256 << 10) }
            try await eventually("all were taken") { sent.value == 100 }
            try await client.close()
            try await expectNoLeaks(in: state, connections: { server.connections })
        }
    }

    @Test("a reset in the middle of a waiting send ends the consumer, exactly once")
    func reset() async throws {
        let sent = Progress()
        let state = LifespanState.testing()
        let router = ProtocolTypeRouter(webSocket: ConsumerApplication { Flooding($0, sent) })
        try await withLiveServer(router, state: state) { server in
            let connection = try await server.connect(receiveBuffer: 64 << 10)
            let client = try await WebSocketClient(connection, "/")
            try await connection.pauseReading()
            try await client.send(text: "go")
            try await eventually("the first messages are taken") { sent.value > 0 }
            await client.reset()
            try await expectNoLeaks(in: state, connections: { server.connections })
            #expect(state[ConsumerStatistics.self].disconnects == 1)
        }
    }
}
