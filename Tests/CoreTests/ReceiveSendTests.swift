// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import Synchronization
import Testing

@Suite("Receive and send", .timeLimit(.minutes(1)))
struct ReceiveSendTests {
    private func text(_ event: WebSocket.Inbound) -> String? {
        if case .receive(.text(let text)) = event { text } else { nil }
    }

    @Test("Mapped events are changed, swallowed ones are not seen, also when they come while the task waits")
    func mappedReceive() async throws {
        let queue = EventQueue<WebSocket.Inbound>()
        let receive = Receive<WebSocket>(queue).map { event in
            guard case .receive(.text(let text)) = event else { return event }
            return text == "drop" ? nil : .receive(.text(text + "!"))
        }
        for word in ["drop", "a", "drop"] { queue.push(.receive(.text(word))) }
        #expect(text(try await receive()) == "a!")
        let waiting = Task { try await receive() }
        for word in ["drop", "b"] { queue.push(.receive(.text(word))) }
        #expect(text(try await waiting.value) == "b!")
    }

    @Test("The last event cannot be swallowed: it comes as it is, again and again, behind what is swallowed before it")
    func swallowedEnd() async throws {
        let queue = EventQueue<WebSocket.Inbound>()
        let receive = Receive<WebSocket>(queue).map { event in
            if case .receive(.text("keep")) = event { event } else { nil }
        }
        for word in ["drop", "keep", "drop"] { queue.push(.receive(.text(word))) }
        queue.finish(.disconnect(code: .goingAway, reason: ""))
        #expect(!receive.source.isFinished)
        #expect(text(try await receive()) == "keep")
        for _ in 0..<2 {
            guard case .disconnect(.goingAway, _) = try await receive() else {
                Issue.record("the end did not come")
                return
            }
        }
        #expect(receive.source.isFinished)
    }

    @Test("A task that waits is told of an end that the map swallows")
    func swallowedEndWhileWaiting() async throws {
        let queue = EventQueue<WebSocket.Inbound>()
        let receive = Receive<WebSocket>(queue).map { _ in nil }
        let waiting = Task { try await receive() }
        await Task.yield()
        queue.push(.connect)
        queue.finish(.disconnect(code: .normal, reason: ""))
        guard case .disconnect(.normal, _) = try await waiting.value else {
            Issue.record("the end did not come")
            return
        }
    }

    @Test("Mapped sends are changed or swallowed; what the map throws reaches the sender")
    func mappedSend() async throws {
        let collector = Collector<WebSocket.Outbound>()
        let send = Send<WebSocket>(collector).map { event in
            guard case .send(.text(let text), _) = event else { return event }
            if text == "bad" { throw SendError(.wrongState, "bad") }
            return text == "drop" ? nil : .send(.text(text + "!"))
        }
        try await send(.send(.text("a")))
        try await send(.send(.text("drop")))
        await #expect(throws: SendError(.wrongState, "bad")) { try await send(.send(.text("bad"))) }
        let sent = collector.events.map { if case .send(.text(let text), _) = $0 { text } else { "?" } }
        #expect(sent == ["a!"])
    }

    @Test("A full sink is waited for and offered the event again, mapped once more")
    func fullSink() async throws {
        final class Full: EventSink {
            let left = Mutex(2)
            let waits = Mutex(0)

            func offer(_ event: WebSocket.Outbound) throws -> Bool {
                left.withLock { left in
                    defer { left -= 1 }
                    return left == 0
                }
            }

            func writable() async throws {
                waits.withLock { $0 += 1 }
            }
        }
        let sink = Full()
        try await Send<WebSocket>(sink).map { $0 }(.send(.bytes(ByteBuffer())))
        #expect(sink.waits.withLock { $0 } == 2)
    }

    @Test("A message's length is counted in bytes")
    func byteCount() {
        #expect(WebSocketMessage.text("聊é").byteCount == 5)
        #expect(WebSocketMessage.bytes(ByteBuffer(string: "abc")).byteCount == 3)
    }
}
