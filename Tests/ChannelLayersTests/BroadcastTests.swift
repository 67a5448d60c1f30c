// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import SluiceCore
import SluiceTesting
import Synchronization
import Testing

@testable import SluiceChannelLayers

@Suite("Broadcasts go to the sockets, past the consumers")
struct BroadcastTests {
    let layer = BrokeredChannelLayer()

    @Test("Every socket gets the same message object, and no inbox an event")
    func shared() async throws {
        let outboxes = [FakeOutbox(), FakeOutbox(), FakeOutbox()]
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

    @Test(
        "Whether it is compressed is the sender's choice, and goes to other processes with it",
        arguments: [MessageCompression.automatic, .always, .never])
    func compression(_ compression: MessageCompression) async throws {
        let outbox = FakeOutbox()
        _ = try await layer.member(of: "g", outbox: outbox)
        try await layer.groupBroadcast("g", text: "x", compression: compression)
        try await layer.groupBroadcast("g", bytes: ByteBuffer(bytes: [1]), compression: compression)
        #expect(outbox.messages.map(\.compression) == [compression, compression])
        let sent = Broadcast(.text("x"), coalescingKey: "k", compression: compression)
        let wire = try JSONEncoder().encode(sent)
        #expect(String(decoding: wire, as: UTF8.self).contains("compressed") == (compression != .automatic))
        let received = try JSONDecoder().decode(Broadcast.self, from: wire)
        #expect(received.compression == compression && received.message == .text("x") && received.coalescingKey == "k")
    }

    private func broadcast(_ texts: ClosedRange<Int>) async throws -> Receipt {
        var sum = Receipt()
        for text in texts {
            let receipt = try await layer.groupBroadcast("g", text: "\(text)")
            sum.accepted += receipt.accepted
            sum.refused.stalled += receipt.refused.stalled
        }
        return sum
    }

    @Test(
        "What comes for a client whose outbox is full waits, wakes nobody, and is written first when it reads on",
        arguments: OverflowPolicy.allCases)
    func fullOutbox(policy: OverflowPolicy) async throws {
        let outbox = FakeOutbox()
        let inbox = try await layer.member(of: "g", policy: policy, outbox: outbox)
        outbox.setRoom(2)
        #expect(try await broadcast(1...9).accepted == 9)
        #expect(outbox.texts == ["1", "2"] && outbox.closes == [])
        #expect(inbox.poll() == nil)
        outbox.setRoom(3)
        outbox.pressure = .none
        #expect(outbox.texts == ["1", "2", "3", "4", "5"])
        #expect(try await broadcast(10...10).accepted == 1)
        outbox.setRoom(Int.max)
        outbox.pressure = .none
        #expect(try await broadcast(11...11).accepted == 1)
        #expect(outbox.texts == (1...11).map { "\($0)" })
        #expect(inbox.poll() == nil && layer.statistics.dropped == [:])
    }

    @Test("More than the budget waits for nobody: the policy decides", arguments: OverflowPolicy.allCases)
    func overBudget(policy: OverflowPolicy) async throws {
        let outbox = FakeOutbox(.full)
        let inbox = try await layer.member(of: "g", budget: InboxBudget(events: 2), policy: policy, outbox: outbox)
        #expect(try await broadcast(1...2).accepted == 2)
        let layer = layer
        let third = Task { try await layer.groupBroadcast("g", text: "3") }
        if policy == .wait {
            // Room comes, and the sender goes on at once; it would be refused after 5 s.
            try await eventually("the sender waits") { inbox.state.withLock { !$0.senders.isEmpty } }
            outbox.pressure = .none
        }
        let receipt = try await third.value
        outbox.pressure = .none
        switch policy {
        case .disconnect:
            #expect(receipt.refused.stalled == 1 && outbox.closes == [.tryAgainLater])
        case .dropNewest:
            #expect(receipt.refused.stalled == 1 && outbox.texts == ["1", "2"] && contents(inbox) == "gap(1)")
        case .dropOldest, .coalesce:  // these broadcasts have no key, so the oldest goes
            #expect(receipt.accepted == 1 && outbox.texts == ["2", "3"] && contents(inbox) == "gap(1)")
        case .wait:
            #expect(receipt.accepted == 1 && outbox.texts == ["1", "2", "3"] && contents(inbox) == "")
        }
        #expect(layer.statistics.dropped == (policy == .wait ? [:] : ["stalled": 1]))
    }

    @Test(
        "For a client that has drained nothing for long every broadcast is under the policy",
        arguments: OverflowPolicy.allCases.filter { $0 != .wait })
    func stalled(policy: OverflowPolicy) async throws {
        let outbox = FakeOutbox(.stalled)
        let inbox = try await layer.member(of: "g", policy: policy, outbox: outbox)
        let receipt = try await broadcast(1...3)
        outbox.pressure = .none
        switch policy {
        case .disconnect:
            #expect(receipt.refused.stalled == 3 && outbox.closes.first == .tryAgainLater && outbox.texts == [])
        case .dropNewest:
            #expect(receipt.refused.stalled == 3 && outbox.texts == [] && contents(inbox) == "gap(3)")
        case .dropOldest, .coalesce, .wait:
            #expect(receipt.accepted == 3 && outbox.texts == ["3"] && contents(inbox) == "gap(2)")
        }
    }

    @Test("coalesce: of the broadcasts with one key that wait, the client gets the latest, in the place of the first")
    func coalesced() async throws {
        let outbox = FakeOutbox(.full)
        let budget = InboxBudget(events: 2)
        let inbox = try await layer.member(of: "g", budget: budget, policy: .coalesce, outbox: outbox)
        for (share, price) in [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3)] {
            try await layer.groupBroadcast("g", text: "\(share)=\(price)", coalescingKey: share)
        }
        outbox.pressure = .none
        #expect(outbox.texts == ["a=3", "b=2"] && contents(inbox) == "gap(3)")
    }

    @Test("What has waited for longer than the layer's expiry is not written but missed")
    func expired() async throws {
        let time = VirtualTime()
        let layer = BrokeredChannelLayer(clock: time)
        let outbox = FakeOutbox(.full)
        let inbox = try await layer.member(of: "g", outbox: outbox)
        try await layer.groupBroadcast("g", text: "old")
        time.advance(by: .seconds(61))
        try await layer.groupBroadcast("g", text: "new")
        outbox.pressure = .none
        #expect(outbox.texts == ["new"] && contents(inbox) == "gap(1)")
        #expect(layer.statistics.dropped == ["expired": 1])
    }

    @Test("A closed channel forgets what waited for its client, and a sender who waited goes on")
    func closed() async throws {
        let outbox = FakeOutbox(.full)
        let inbox = try await layer.member(of: "g", budget: InboxBudget(events: 1), policy: .wait, outbox: outbox)
        #expect(try await broadcast(1...1).accepted == 1)
        async let second = layer.groupBroadcast("g", text: "2")
        try await eventually("the sender waits") { inbox.state.withLock { !$0.senders.isEmpty } }
        layer.close(inbox)
        #expect(try await second.accepted == 0)
        outbox.pressure = .none
        #expect(outbox.texts == [])
    }

    @Test(
        "Many senders and a client that falls behind again and again: each sender's messages come in order, none twice")
    func concurrent() async throws {
        let outbox = FakeOutbox()
        let inbox = try await layer.member(of: "g", budget: InboxBudget(events: 100_000), outbox: outbox)
        let layer = layer
        await withTaskGroup { group in
            for sender in 0..<4 {
                group.addTask {
                    for number in 0..<500 {
                        _ = try? await layer.groupBroadcast("g", text: "\(sender * 1_000 + number)")
                    }
                }
            }
            group.addTask {
                for _ in 0..<200 {
                    outbox.setRoom(7)
                    await Task.yield()
                    outbox.pressure = .none
                }
            }
        }
        outbox.setRoom(Int.max)
        outbox.pressure = .none
        let numbers = outbox.texts.compactMap { Int($0) }
        #expect(numbers.count == 2_000 && inbox.poll() == nil)
        for sender in 0..<4 {
            #expect(numbers.filter { $0 / 1_000 == sender } == (0..<500).map { sender * 1_000 + $0 })
        }
    }
}
