// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Synchronization
import Testing

@testable import SluiceChannelLayers

private struct Price: ChannelEvent {
    static let type = "test.price"
    var share: String
    var value: Int
    var coalescingKey: String? { share }
}

@Suite("Overflow policies: coalesce and wait")
struct PolicyTests {
    /// Says that it is later, without waking anybody who sleeps.
    private final class StandingTime: TimeSource {
        private let later = Atomic<Bool>(false)
        var monotonic: Duration { later.load(ordering: .relaxed) ? .seconds(61) : .zero }
        var now: WallTime { WallTime(seconds: 0) }

        func expire() { later.store(true, ordering: .relaxed) }
        func sleep(for duration: Duration) async throws { try await Task.sleep(for: .seconds(3_600)) }
    }

    private let time = StandingTime()
    private let layer: BrokeredChannelLayer

    init() {
        layer = BrokeredChannelLayer(clock: time)
    }

    private func prices(_ inbox: Inbox) -> String {
        var found: [String] = []
        while let event = inbox.poll() {
            switch event {
            case .event(let event): found.append(event.value(as: Price.self).map { "\($0.share)=\($0.value)" } ?? "?")
            case .gap(let gap): found.append("gap(\(gap.count))")
            case .health(let health): found.append("\(health)")
            case .closed: found.append("closed")
            }
        }
        return found.joined(separator: " ")
    }

    @Test("coalesce keeps the latest event of a key in the place of the older one")
    func coalesce() async throws {
        let layer = BrokeredChannelLayer()
        let inbox = try await layer.member(of: "g", budget: InboxBudget(events: 2), policy: .coalesce)
        for (share, value) in [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3)] {
            #expect(try await layer.groupSend("g", Price(share: share, value: value)).accepted == 1)
        }
        #expect(prices(inbox) == "gap(3) a=3 b=2")
        #expect(layer.statistics.dropped == ["stalled": 3])
    }

    @Test("coalesce drops the oldest event when none has the key")
    func coalesceWithoutKey() async throws {
        let layer = BrokeredChannelLayer()
        let inbox = try await layer.member(of: "g", budget: InboxBudget(events: 2), policy: .coalesce)
        for share in ["a", "b", "c"] { try await layer.groupSend("g", Price(share: share, value: 1)) }
        #expect(prices(inbox) == "gap(1) b=1 c=1")
    }

    @Test("wait: the sender goes on when the member has taken, and nothing is missed or out of order")
    func wait() async throws {
        let layer = BrokeredChannelLayer()
        let inbox = try await layer.member(of: "g", budget: InboxBudget(events: 4), policy: .wait)
        let taker = Task {
            var numbers: [Int] = []
            while numbers.count < 500 {
                guard case .event(let event) = try await inbox.next() else { break }
                numbers.append(event.value(as: Numbered.self)?.number ?? -1)
                if numbers.count % 7 == 0 { await Task.yield() }
            }
            return numbers
        }
        for number in 1...500 {
            let receipt = try await layer.groupSend("g", Numbered(number: number))
            #expect(receipt.accepted == 1 && receipt.isComplete)
        }
        #expect(try await taker.value == Array(1...500))
        #expect(layer.statistics.dropped.isEmpty)
    }

    @Test("wait ends after 5 s: the event is refused, counted and told")
    func waitTimesOut() async throws {
        let time = VirtualTime()
        let layer = BrokeredChannelLayer(clock: time)
        let inbox = try await layer.member(of: "g", budget: InboxBudget(events: 1), policy: .wait)
        try await layer.groupSend("g", Numbered(number: 1))
        async let second = layer.groupSend("g", Numbered(number: 2))
        while time.sleepers == 0 { await Task.yield() }
        time.advance(by: .seconds(5))
        #expect(try await second.refused.inboxFull == 1)
        #expect(contents(inbox) == "gap(1) 1")
        #expect(layer.statistics.dropped == ["inbox_full": 1])
    }

    @Test(
        "wait: the sender goes on at once when a client that had drained nothing reads again",
        arguments: [
            OutboxPressure.none, .full,
        ])
    func waitForStalledClient(relief: OutboxPressure) async throws {
        let outbox = FakeOutbox(.stalled)
        let inbox = try await layer.member(of: "g", policy: .wait, outbox: outbox)
        let layer = layer
        let sending = Task { try await layer.groupSend("g", Numbered(number: 1)) }
        try await eventually("the sender waits") { inbox.state.withLock { !$0.senders.isEmpty } }
        // The layer's time stands still: nothing but the relief wakes the sender.
        outbox.pressure = relief
        #expect(try await sending.value.accepted == 1)
        #expect(contents(inbox) == "1")
    }

    @Test("wait: room that comes because everything has expired wakes the sender too")
    func waitForExpiry() async throws {
        let inbox = try await layer.member(of: "g", budget: InboxBudget(events: 1), policy: .wait)
        try await layer.groupSend("g", Numbered(number: 1))
        let layer = layer
        let sending = Task { try await layer.groupSend("g", Numbered(number: 2)) }
        try await eventually("the sender waits") { inbox.state.withLock { !$0.senders.isEmpty } }
        time.expire()
        guard case .gap(let gap) = inbox.poll() else {
            Issue.record("no gap")
            return
        }
        #expect(gap.count == 1)
        #expect(try await sending.value.accepted == 1)
    }

    @Test("wait: so it does when the consumer is told of the broker first", .timeLimit(.minutes(1)))
    func waitForExpiryBehindHealth() async throws {
        let inbox = try await layer.member(of: "g", budget: InboxBudget(events: 1), policy: .wait)
        try await layer.groupSend("g", Numbered(number: 1))
        let layer = layer
        let sending = Task { try await layer.groupSend("g", Numbered(number: 2)) }
        try await eventually("the sender waits") { inbox.state.withLock { !$0.senders.isEmpty } }
        time.expire()
        inbox.healthChanged(.up)
        guard case .health = inbox.poll() else {
            Issue.record("not told of the broker")
            return
        }
        #expect(try await sending.value.accepted == 1)
    }

    @Test("wait ends when the member closes")
    func waitForClosed() async throws {
        let layer = BrokeredChannelLayer()
        let inbox = try await layer.member(of: "g", budget: InboxBudget(events: 1), policy: .wait)
        try await layer.groupSend("g", Numbered(number: 1))
        async let second = layer.groupSend("g", Numbered(number: 2))
        layer.close(inbox)
        let receipt = try await second
        #expect(receipt.accepted == 0 && receipt.isComplete)
    }
}
