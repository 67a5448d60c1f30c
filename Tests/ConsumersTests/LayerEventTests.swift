// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTesting
import Testing

/// Holds little, so that tests see gaps.
private final class SmallConsumer: Scripted {
    override class var inboxBudget: InboxBudget { InboxBudget(events: 100) }
}

private final class DroppingConsumer: Scripted {
    override class var overflowPolicy: OverflowPolicy { .dropNewest }
}

@Suite("Layer events and consumers")
struct LayerEventTests {
    /// Sends 1,000 events to its own group from one handler.
    private static let flooding = Scripted.Script(
        connect: { consumer in
            try await consumer.channelLayer.groupAdd("g", consumer.channelName)
            try await consumer.accept()
        },
        receive: { consumer, _ in
            var sum = Receipt()
            for number in 0..<1_000 {
                let receipt = try await consumer.channelLayer.groupSend("g", Ping(number: number))
                sum.accepted += receipt.accepted
                sum.refused.inboxFull += receipt.refused.inboxFull
            }
            try await consumer.send(text: "sent \(sum.accepted) \(sum.refused.inboxFull)")
        })

    @Test("M1: 1,000 events to the own group from one handler are all delivered, in order")
    func ownGroup() async throws {
        let session = Session(Self.flooding)
        try await session.communicator.connect()
        session.communicator.send(text: "go")
        #expect(try await session.communicator.receiveText(timeout: .seconds(10)) == "sent 1000 0")
        for number in 0..<1_000 { #expect(try await session.communicator.receiveText() == "ping \(number)") }
        try await session.communicator.disconnect()
        try await session.expectEnd(["disconnect 1000"])
        #expect(session.journal.lines == ["disconnect 1000"])
    }

    @Test("M1 with a small inbox: what is not delivered is in the receipts and in the gap, to the last event")
    func ownGroupSmallInbox() async throws {
        let journal = Journal()
        let state = LifespanState.testing()
        let communicator = WebSocketCommunicator(
            ConsumerApplication { SmallConsumer($0, Self.flooding, journal) }, state: state)
        try await communicator.connect()
        communicator.send(text: "go")
        #expect(try await communicator.receiveText(timeout: .seconds(10)) == "sent 100 900")
        for number in 0..<100 { #expect(try await communicator.receiveText() == "ping \(number)") }
        #expect(journal.lines == ["missed 900"])
        try await communicator.disconnect()
        try await expectNoLeaks(in: state)
    }

    @Test("neither source starves: with a flood from both, they take turns")
    func fairness() async throws {
        let gate = EventQueue<Void>()
        let session = Session(
            Scripted.Script(
                connect: Ending.joinAndAccept,
                receive: { consumer, text in
                    guard text == "start" else { return consumer.journal.write("socket") }
                    for number in 0..<500 {
                        try await consumer.channelLayer.groupSend("g", Ping(number: number))
                    }
                    try await consumer.send(text: "ready")
                    try await gate.next()
                },
                ping: { consumer, _ in consumer.journal.write("layer") }))
        try await session.communicator.connect()
        session.communicator.send(text: "start")
        #expect(try await session.communicator.receiveText() == "ready")
        for _ in 0..<500 { session.communicator.send(text: "x") }
        gate.push(())
        try await eventually("all events") { session.journal.lines.count == 1_000 }
        let lines = session.journal.lines
        for index in stride(from: 0, to: 1_000, by: 2) { #expect(Set(lines[index...index + 1]).count == 2) }
        try await session.communicator.disconnect()
    }

    @Test("events are handled one at a time, in the order of their coming from each source")
    func oneAtATime() async throws {
        let session = Session(
            Scripted.Script(
                connect: { consumer in
                    try await consumer.channelLayer.groupAdd("g", consumer.channelName)
                    try await consumer.accept()
                },
                receive: { consumer, text in
                    consumer.journal.write("begin")
                    await Task.yield()
                    consumer.journal.write("socket \(text)")
                },
                ping: { consumer, ping in
                    consumer.journal.write("begin")
                    await Task.yield()
                    consumer.journal.write("layer \(ping.number)")
                }))
        try await session.communicator.connect()
        for number in 0..<50 {
            session.communicator.send(text: "\(number)")
            try await session.layer.groupSend("g", Ping(number: number))
        }
        try await eventually("all events") { session.journal.lines.count == 200 }
        let lines = session.journal.lines
        for index in stride(from: 0, to: 200, by: 2) { #expect(lines[index] == "begin" && lines[index + 1] != "begin") }
        #expect(lines.filter { $0.hasPrefix("socket") } == (0..<50).map { "socket \($0)" })
        #expect(lines.filter { $0.hasPrefix("layer") } == (0..<50).map { "layer \($0)" })
        try await session.communicator.disconnect()
    }

    @Test("a client that does not read is closed with 1013 by default, and its disconnect runs")
    func stalledDefault() async throws {
        let session = Session(Scripted.Script(connect: Ending.joinAndAccept))
        try await session.communicator.connect()
        session.communicator.setPressure(.stalled)
        #expect(try await session.layer.groupSend("g", Ping()).refused.stalled == 1)
        #expect(try await session.communicator.receiveClose().code == .tryAgainLater)
        try await session.communicator.wait()
        try await session.expectEnd(["disconnect 1013"])
    }

    @Test("drop-newest keeps the connection and tells the consumer")
    func stalledDropNewest() async throws {
        let journal = Journal()
        let state = LifespanState.testing()
        let communicator = WebSocketCommunicator(
            ConsumerApplication { DroppingConsumer($0, Scripted.Script(connect: Ending.joinAndAccept), journal) },
            state: state)
        try await communicator.connect()
        communicator.setPressure(.stalled)
        for number in 0..<3 {
            #expect(try await state.channelLayer().groupSend("g", Ping(number: number)).accepted == 0)
        }
        communicator.setPressure(.none)
        try await state.channelLayer().groupSend("g", Ping(number: 3))
        #expect(try await communicator.receiveText() == "ping 3")
        let missed = journal.lines.compactMap { Int($0.dropFirst("missed ".count)) }
        #expect(missed.reduce(0, +) == 3)
        try await communicator.disconnect()
        try await expectNoLeaks(in: state)
    }

    @Test("an event that waited longer than 60 s is not delivered, but told")
    func expiry() async throws {
        let time = VirtualTime()
        let gate = EventQueue<Void>()
        let session = Session(
            Scripted.Script(
                connect: Ending.joinAndAccept,
                receive: { consumer, _ in
                    try await consumer.send(text: "busy")
                    try await gate.next()
                }), state: .testing(clock: time), clock: time)
        try await session.communicator.connect()
        session.communicator.send(text: "go")
        #expect(try await session.communicator.receiveText() == "busy")
        try await session.layer.groupSend("g", Ping(number: 1))
        time.advance(by: .seconds(61))
        try await session.layer.groupSend("g", Ping(number: 2))
        gate.push(())
        #expect(try await session.communicator.receiveText() == "ping 2")
        #expect(session.journal.lines == ["missed 1"])
        try await session.communicator.disconnect()
    }

    @Test("no message and no event reaches a consumer that has closed")
    func afterClose() async throws {
        let session = Session(
            Scripted.Script(
                connect: Ending.joinAndAccept,
                receive: { consumer, text in
                    consumer.journal.write("receive \(text)")
                    try await consumer.channelLayer.groupSend("g", Ping())
                    try await consumer.close()
                }, ping: { consumer, _ in consumer.journal.write("ping") }))
        try await session.communicator.connect()
        session.communicator.send(text: "1")
        session.communicator.send(text: "2")
        try await session.communicator.wait()
        #expect(session.journal.lines == ["receive 1", "disconnect 1000"])
    }
}
