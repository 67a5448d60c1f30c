// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Synchronization
import Testing

@testable import SluiceChannelLayers

/// Notes subscriptions, and delivers in this process. A test may hold its answers back, or let it fail.
private final class SubscriptionBroker: Broker {
    func attach(_ sink: BrokerSink, process: String) {}

    func post(
        _ event: LayerEvent, to topic: Topic, options: PublishOptions, sink: BrokerSink
    ) throws -> Receipt {
        sink.deliver(event, to: topic, excluding: options.excluding)
    }

    private struct State {
        var topics: Set<Topic> = []
        var calls: [String] = []
        var failures = 0
        var isHeld = false
    }

    private let state = Mutex(State())
    private let gate = EventQueue<Void>()
    var subscriptions: Set<Topic> { state.withLock { $0.topics } }
    var calls: [String] { state.withLock { $0.calls } }

    var capabilities: LayerCapabilities {
        LayerCapabilities(
            delivery: .atMostOnce, order: .totalPerGroup, maxEventBytes: 1 << 20, crossProcess: true, history: false)
    }
    var health: LayerHealth { .up }

    /// The next subscriptions fail.
    func fail(_ count: Int) {
        state.withLock { $0.failures = count }
    }

    /// Subscriptions from now on are not answered until ``answer(_:)``.
    func hold() {
        state.withLock { $0.isHeld = true }
    }

    /// Answers as many subscriptions.
    func answer(_ count: Int) {
        for _ in 0..<count { gate.push(()) }
    }

    func publish(
        _ event: LayerEvent, to topic: Topic, options: PublishOptions, sink: BrokerSink
    ) async throws -> Receipt { sink.deliver(event, to: topic, excluding: options.excluding) }

    func subscribe(_ topics: [Topic]) async throws {
        let (isHeld, fails) = state.withLock { state in
            state.calls.append("subscribe")
            defer { state.failures -= 1 }
            return (state.isHeld, state.failures > 0)
        }
        if isHeld { try await gate.next() }
        if fails { throw LayerError(.down, "not today") }
        state.withLock { $0.topics.formUnion(topics) }
    }

    func unsubscribe(_ topics: [Topic]) {
        state.withLock { state in
            state.topics.subtract(topics)
            state.calls.append("unsubscribe")
        }
    }

    func shutdown() async {}
}

@Suite("A broker's subscriptions follow the members", .timeLimit(.minutes(1)))
struct SubscriptionTests {
    private let broker = SubscriptionBroker()
    private let layer: BrokeredChannelLayer

    init() {
        layer = BrokeredChannelLayer(broker: broker)
    }

    @Test("flush forgets groups and waiting events, keeps the channels, and ends the broker's subscriptions")
    func flush() async throws {
        let inbox = try await layer.member(of: "g")
        #expect(broker.subscriptions == [.group("g")])
        try await layer.groupSend("g", Numbered(number: 1))
        try await layer.flush()
        #expect(broker.subscriptions == [])
        #expect(contents(inbox) == "" && layer.statistics.groups == 0 && layer.statistics.channels == 1)
        try await layer.groupAdd("g", inbox.name)
        try await layer.groupSend("g", Numbered(number: 2))
        #expect(contents(inbox) == "2")
    }

    @Test("A broker has one subscription for a group, however many members it has here")
    func oneForAll() async throws {
        let inboxes = [try await layer.member(of: "g"), try await layer.member(of: "g")]
        #expect(broker.calls == ["subscribe"])
        layer.close(inboxes[0])
        #expect(broker.subscriptions == [.group("g")])
        try await layer.groupDiscard("g", inboxes[1].name)
        #expect(broker.subscriptions == [] && broker.calls == ["subscribe", "unsubscribe"])
    }

    @Test("A subscription that fails undoes the membership of all who waited for it; the next join asks again")
    func failure() async throws {
        let inboxes = [try layer.open(), try layer.open(), try layer.open()]
        broker.hold()
        broker.fail(1)
        let layer = layer
        let joins = inboxes.map { inbox in Task { try await layer.groupAdd("g", inbox.name) } }
        try await eventually("all are members") { layer.statistics.memberships == 3 }
        broker.answer(3)
        var failures = 0
        for join in joins {
            if case .failure(let error) = await join.result {
                #expect((error as? LayerError)?.code == .down)
                failures += 1
            }
        }
        // Who comes after the failure asks anew, and may have better luck; nobody is in without a subscription.
        #expect(failures >= 1 && layer.statistics.memberships == 3 - failures)
        #expect(broker.subscriptions.isEmpty == (failures == 3))
        broker.answer(1)
        try await layer.groupAdd("g", inboxes[0].name)
        #expect(broker.subscriptions == [.group("g")])
    }

    @Test("Who joins while the subscription is under way is a member when it is there, not before")
    func joinWaits() async throws {
        let inboxes = [try layer.open(), try layer.open()]
        broker.hold()
        let layer = layer
        let joined = EventQueue<Void>()
        let joins = inboxes.map { inbox in
            Task {
                try await layer.groupAdd("g", inbox.name)
                joined.push(())
            }
        }
        try await eventually("both are noted") { layer.statistics.memberships == 2 }
        #expect(joined.count == 0)
        broker.answer(1)
        for join in joins { try await join.value }
        #expect(broker.calls == ["subscribe"])
    }

    @Test("Who leaves while the subscription is under way leaves none behind")
    func leavesMeanwhile() async throws {
        let inbox = try layer.open()
        broker.hold()
        let layer = layer
        let join = Task { try await layer.groupAdd("g", inbox.name) }
        try await eventually("the broker is asked") { broker.calls == ["subscribe"] }
        layer.close(inbox)
        broker.answer(1)
        _ = await join.result
        #expect(broker.subscriptions == [] && broker.calls == ["subscribe", "unsubscribe"])
    }

    @Test("Joins and leaves of many tasks: in the end there is a subscription exactly where there are members")
    func concurrent() async throws {
        let layer = layer
        let stayers = try await withThrowingTaskGroup(of: Inbox?.self) { tasks in
            for number in 0..<8 {
                tasks.addTask {
                    for _ in 0..<200 {
                        let inbox = try layer.open()
                        try await layer.groupAdd("g", inbox.name)
                        if number % 2 == 0 { await Task.yield() }
                        try await layer.groupDiscard("g", inbox.name)
                        layer.close(inbox)
                    }
                    guard number == 0 else { return nil }
                    return try await layer.member(of: "g")
                }
            }
            return try await tasks.reduce(into: []) { all, inbox in inbox.map { all.append($0) } }
        }
        #expect(broker.subscriptions == [.group("g")])
        try await layer.groupSend("g", Numbered(number: 7))
        #expect(contents(stayers[0]) == "7")
        layer.close(stayers[0])
        #expect(broker.subscriptions == [])
    }
}
