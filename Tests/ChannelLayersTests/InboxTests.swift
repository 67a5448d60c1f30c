// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Testing

@testable import SluiceChannelLayers

@Suite("Inboxes: budgets, gaps, expiry, overflow policies")
struct InboxTests {
    private let time: VirtualTime
    private let layer: BrokeredChannelLayer

    init() {
        time = VirtualTime()
        layer = BrokeredChannelLayer(clock: time)
    }

    private func send(_ numbers: ClosedRange<Int>) async throws -> Receipt {
        var sum = Receipt()
        for number in numbers {
            let receipt = try await layer.groupSend("g", Numbered(number: number))
            sum.accepted += receipt.accepted
            sum.refused.inboxFull += receipt.refused.inboxFull
            sum.refused.stalled += receipt.refused.stalled
        }
        return sum
    }

    @Test(
        "test_inmemorychannel.py::test_groups_channel_full: a full member is in the receipt; a gap comes before the next"
    )
    func budgetOfEvents() async throws {
        let inbox = try await layer.member(of: "g", budget: InboxBudget(events: 3))
        let receipt = try await send(1...5)
        #expect(receipt.accepted == 3 && receipt.refused.inboxFull == 2 && !receipt.isComplete)
        #expect(contents(inbox) == "gap(2) 1 2 3")
        _ = try await send(6...6)
        #expect(contents(inbox) == "6")
        #expect(layer.statistics.dropped == ["inbox_full": 2])
    }

    @Test("a budget of bytes counts what events have; one larger event passes when nothing else waits")
    func budgetOfBytes() async throws {
        let size = LayerEvent(Text(text: "12345678")).byteCount
        let inbox = try layer.open(budget: InboxBudget(bytes: 2 * size + 1))
        for _ in 0..<2 { try await layer.send(Text(text: "12345678"), to: inbox.name) }
        #expect(await refusal { try await layer.send(Text(text: "1"), to: inbox.name) }?.code == .channelFull)
        #expect(contents(inbox) == "gap(1) test.text test.text")
        try await layer.send(Text(text: String(repeating: "x", count: 1_000)), to: inbox.name)
        #expect(await refusal { try await layer.send(Text(text: "1"), to: inbox.name) }?.code == .channelFull)
        #expect(contents(inbox) == "gap(1) test.text")
        for _ in 0..<2 { try await layer.send(Text(text: "12345678"), to: inbox.name) }
        #expect(contents(inbox) == "test.text test.text")
    }

    @Test("a gap wakes a waiting consumer though no event is there")
    func gapWakes() async throws {
        let inbox = try await layer.member(of: "g", policy: .dropNewest, outbox: FakeOutbox(.stalled))
        let taking = Task { try await inbox.next(within: .seconds(5)) }
        _ = try await send(1...1)
        guard case .gap(let gap)? = try await taking.value else { return #expect(Bool(false), "no gap came") }
        #expect(gap.count == 1)
    }

    @Test("test_core.py::test_message_expiry__*: events expire each by itself, are counted and told as a gap")
    func expiry() async throws {
        let inbox = try await layer.member(of: "g")
        _ = try await send(1...2)
        time.advance(by: .seconds(59))
        _ = try await send(3...4)
        time.advance(by: .seconds(2))
        let late = try await layer.member(of: "g")
        _ = try await send(5...5)
        #expect(contents(inbox) == "gap(2) 3 4 5")
        #expect(contents(late) == "5")
        #expect(layer.statistics.dropped == ["expired": 2])
        _ = try await send(6...8)
        time.advance(by: .seconds(60))
        #expect(contents(inbox) == "6 7 8")
    }

    @Test("disconnect: a stalled client is closed with 1013 and gets nothing more, its memberships go")
    func disconnectPolicy() async throws {
        let outbox = FakeOutbox(.stalled)
        let inbox = try await layer.member(of: "g", outbox: outbox)
        // The outbox ends the connection at once, in the middle of the delivery.
        outbox.onEnd { [layer] in layer.close(inbox) }
        let other = try await layer.member(of: "g")
        let receipt = try await send(1...1)
        #expect(receipt.accepted == 1 && receipt.refused.stalled == 1)
        #expect(outbox.closes == [.tryAgainLater])
        #expect(contents(inbox) == "closed" && contents(other) == "1")
        #expect(layer.statistics.memberships == 1 && layer.statistics.dropped == ["stalled": 1])
    }

    @Test("drop-newest: a stalled client misses what comes, and is told how much")
    func dropNewest() async throws {
        let outbox = FakeOutbox()
        let inbox = try await layer.member(of: "g", policy: .dropNewest, outbox: outbox)
        _ = try await send(1...2)
        outbox.pressure = .stalled
        #expect(try await send(3...5).refused.stalled == 3)
        outbox.pressure = .none
        _ = try await send(6...6)
        #expect(contents(inbox) == "gap(3) 1 2 6")
        #expect(outbox.closes == [])
    }

    @Test("drop-oldest: a stalled client keeps the newest, and is told how many older ones went")
    func dropOldest() async throws {
        let outbox = FakeOutbox()
        let inbox = try await layer.member(of: "g", policy: .dropOldest, outbox: outbox)
        _ = try await send(1...3)
        outbox.pressure = .stalled
        #expect(try await send(4...5).accepted == 2)
        #expect(contents(inbox) == "gap(2) 3 4 5")
        #expect(layer.statistics.dropped == ["stalled": 2])
    }

    @Test(
        "a full outbox brings the policy only when the inbox is over its budget",
        arguments: OverflowPolicy.allCases.filter { $0 != .wait })
    func fullOutbox(policy: OverflowPolicy) async throws {
        let outbox = FakeOutbox(.full)
        let inbox = try await layer.member(of: "g", budget: InboxBudget(events: 2), policy: policy, outbox: outbox)
        #expect(try await send(1...2).isComplete && outbox.closes == [])
        let receipt = try await send(3...3)
        switch policy {
        case .disconnect:
            #expect(receipt.refused.stalled == 1 && outbox.closes == [.tryAgainLater])
            #expect(contents(inbox) == "gap(1) 1 2")
        case .dropOldest:
            #expect(receipt.accepted == 1 && contents(inbox) == "gap(1) 2 3")
        case .dropNewest:
            #expect(receipt.refused.stalled == 1 && contents(inbox) == "gap(1) 1 2")
        case .coalesce:  // these events have no key, so the oldest goes
            #expect(receipt.accepted == 1 && contents(inbox) == "gap(1) 2 3")
        case .wait:
            break  // has tests of its own
        }
    }
}
