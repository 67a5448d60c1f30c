// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Testing

@testable import SluiceChannelLayers

@Suite("Named channels: queues that workers share")
struct NamedQueueTests {
    let time: VirtualTime
    let layer: BrokeredChannelLayer

    init() {
        time = VirtualTime()
        layer = BrokeredChannelLayer(broker: InMemoryBroker(clock: time), clock: time)
    }

    private func receive(_ channel: ChannelName = "work") async throws -> Int? {
        try await layer.receive(channel).value(as: Numbered.self)?.number
    }

    @Test("test_inmemorychannel.py::test_send_receive: what is received equals what was sent")
    func sendReceive() async throws {
        try await layer.send(Numbered(number: 3), to: "work")
        let event = try await layer.receive("work")
        #expect(event.type == "test.numbered")
        #expect(event.value(as: Numbered.self) == Numbered(number: 3))
        #expect(event.value(as: Text.self) == nil)
    }

    @Test("test_inmemorychannel.py::test_multi_send_receive: events come in the order sent")
    func order() async throws {
        for number in 1...50 { try await layer.send(Numbered(number: number), to: "work") }
        for number in 1...50 { #expect(try await receive() == number) }
    }

    @Test("the 101st event finds the channel full; another channel is not affected")
    func capacity() async throws {
        for number in 1...100 { try await layer.send(Numbered(number: number), to: "work") }
        let error = await refusal { try await layer.send(Numbered(number: 101), to: "work") }
        #expect(error?.code == .channelFull)
        #expect(error?.description == "the channel 'work' holds its 100 events")
        try await layer.send(Numbered(number: 1), to: "other")
        #expect(try await receive() == 1)
        try await layer.send(Numbered(number: 101), to: "work")
        for number in 2...101 { #expect(try await receive() == number) }
    }

    @Test("test_inmemorychannel.py::test_expiry_multi: only the expired events are dropped, the rest keeps its order")
    func expiry() async throws {
        try await layer.send(Numbered(number: 1), to: "work")
        time.advance(by: .seconds(40))
        for number in 2...3 { try await layer.send(Numbered(number: number), to: "work") }
        time.advance(by: .seconds(21))
        for number in 2...3 { #expect(try await receive() == number) }
        // The channel is empty now: what is sent next is what comes next.
        try await layer.send(Numbered(number: 4), to: "work")
        #expect(try await receive() == 4)
    }

    @Test("expired events make room: a full channel takes events again")
    func expiryMakesRoom() async throws {
        for number in 1...100 { try await layer.send(Numbered(number: number), to: "work") }
        time.advance(by: .seconds(61))
        try await layer.send(Numbered(number: 101), to: "work")
        #expect(try await receive() == 101)
    }

    @Test("test_core.py::test_receive_cancel: a receive can be cancelled at any moment and loses nothing")
    func cancelledReceive() async throws {
        var received: [Int] = []
        for number in 0..<300 {
            let taking = Task { try await receive() }
            // Sometimes before, sometimes after, sometimes at the same time.
            if number % 3 == 0 { await Task.yield() }
            let cancelling = Task { taking.cancel() }
            try await layer.send(Numbered(number: number), to: "work")
            await cancelling.value
            if case .success(let number?) = await taking.result { received.append(number) }
        }
        while received.count < 300 { received.append(try #require(try await withTimeout { try await receive() })) }
        #expect(received == Array(0..<300))
    }

    @Test("cancelled receives on ever new names leave no queues behind")
    func cancelledReceivesLeaveNothing() async throws {
        let queues = NamedQueues(capacity: 100, expiry: .seconds(60), clock: time)
        for number in 0..<50 {
            let taking = Task { try await queues.take(from: ChannelName(rawValue: "work.\(number)"), lease: nil) }
            await Task.yield()
            taking.cancel()
            await #expect(throws: CancellationError.self) { try await taking.value }
        }
        #expect(queues.count == 0)
    }

    @Test("events of names that nobody reads are forgotten when they have expired")
    func abandonedQueues() throws {
        let queues = NamedQueues(capacity: 100, expiry: .seconds(60), clock: time)
        for number in 0..<1_024 {
            try queues.put(LayerEvent(Numbered(number: 1)), in: ChannelName(rawValue: "n\(number)"))
        }
        time.advance(by: .seconds(61))
        try queues.put(LayerEvent(Numbered(number: 1)), in: "new")
        #expect(queues.count == 1)
    }

    @Test("many takers: each event goes to exactly one, and nobody is left waiting")
    func manyTakers() async throws {
        let numbers = try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<20 {
                group.addTask {
                    var taken: [Int] = []
                    for _ in 0..<25 { taken.append(try #require(try await withTimeout { try await receive() })) }
                    return taken
                }
            }
            for number in 0..<500 {
                while true {
                    do {
                        try await layer.send(Numbered(number: number), to: "work")
                        break
                    } catch let error as LayerError where error.code == .channelFull {
                        await Task.yield()
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(numbers.sorted() == Array(0..<500))
    }

    @Test("shutdown ends waiting takers, and what is sent afterwards is refused, not swallowed")
    func shutdown() async throws {
        let taking = Task { try await layer.receive("work") }
        await Task.yield()
        await layer.shutdown()
        #expect(await refusal { try await taking.value }?.code == .closed)
        #expect(await refusal { try await layer.send(Numbered(number: 1), to: "work") }?.code == .closed)
    }

    @Test("flush forgets what waits")
    func flush() async throws {
        try await layer.send(Numbered(number: 1), to: "work")
        try await layer.flush()
        try await layer.send(Numbered(number: 2), to: "work")
        #expect(try await receive() == 2)
    }
}

/// A result within 5 s, or `nil`.
func withTimeout<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value?) async throws -> Value? {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: .seconds(5))
            return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}
