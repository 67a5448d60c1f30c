// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import Synchronization
import Testing

@testable import SluiceChannelLayers

/// A client's writer that keeps what is broadcast to it.
private final class RecordingOutbox: Outbox {
    private let state = Mutex(
        (messages: [SharedMessage](), pressure: OutboxPressure.none, closes: [WebSocketCloseCode]()))

    var messages: [SharedMessage] { state.withLock { $0.messages } }
    var closes: [WebSocketCloseCode] { state.withLock { $0.closes } }
    var pressure: OutboxPressure {
        get { state.withLock { $0.pressure } }
        set { state.withLock { $0.pressure = newValue } }
    }

    func broadcast(_ message: SharedMessage) { state.withLock { $0.messages.append(message) } }
    func close(code: WebSocketCloseCode, reason: String) { state.withLock { $0.closes.append(code) } }
    func onEnd(_ action: @escaping @Sendable () -> Void) {}
}

@Suite("Broadcasts go to the sockets, past the consumers")
struct BroadcastTests {
    let layer = BrokeredChannelLayer()

    @Test("Every socket gets the same message object, and no inbox an event")
    func shared() async throws {
        let outboxes = [RecordingOutbox(), RecordingOutbox(), RecordingOutbox()]
        var inboxes: [Inbox] = []
        for outbox in outboxes { inboxes.append(try await layer.member(of: "g", outbox: outbox)) }
        let receipt = try await layer.groupBroadcast("g", text: "你好", excluding: inboxes[2].name)
        #expect(receipt.accepted == 2)
        #expect(outboxes.map(\.messages.count) == [1, 1, 0])
        #expect(outboxes[0].messages[0] === outboxes[1].messages[0])
        #expect(outboxes[0].messages[0].message == .text("你好"))
        #expect(inboxes.allSatisfy { $0.poll() == nil })
    }

    @Test("The frame is encoded for the first member only")
    func encodedOnce() {
        let message = SharedMessage(.text("x"))
        var calls = 0
        for _ in 0..<3 {
            _ = message.encoding(.plainFrame) { _ in
                calls += 1
                return ByteBuffer(string: "frame")
            }
        }
        #expect(calls == 1)
    }

    @Test("A member without a socket gets it as an event")
    func withoutSocket() async throws {
        let inbox = try await layer.member(of: "g")
        try await layer.groupBroadcast("g", bytes: ByteBuffer(bytes: [0, 255]))
        guard case .event(let event) = inbox.poll() else {
            Issue.record("no event")
            return
        }
        #expect(event.value(as: Broadcast.self)?.message == .bytes(ByteBuffer(bytes: [0, 255])))
    }

    @Test("A client that does not read is under its policy, and told of the gap", arguments: OverflowPolicy.allCases)
    func slowClient(policy: OverflowPolicy) async throws {
        let outbox = RecordingOutbox()
        let inbox = try await layer.member(of: "g", policy: policy, outbox: outbox)
        outbox.pressure = .full
        let receipt = try await layer.groupBroadcast("g", text: "x")
        #expect(receipt.refused.stalled == 1 && outbox.messages.isEmpty)
        #expect(outbox.closes == (policy == .disconnect ? [.tryAgainLater] : []))
        #expect(contents(inbox) == "gap(1)")
    }
}
