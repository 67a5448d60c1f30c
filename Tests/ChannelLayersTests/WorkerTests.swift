// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Synchronization
import Testing

@testable import SluiceChannelLayers

/// What was worked on, in order.
private final class Journal: Sendable {
    private let state = Mutex((numbers: [Int](), running: 0, most: 0))
    var numbers: [Int] { state.withLock { $0.numbers } }
    var most: Int { state.withLock { $0.most } }
    var running: Int { state.withLock { $0.running } }

    func begin(_ number: Int) {
        state.withLock { state in
            state.numbers.append(number)
            state.running += 1
            state.most = max(state.most, state.running)
        }
    }

    func end() {
        state.withLock { $0.running -= 1 }
    }
}

private struct Failure: Error {}

@Suite("Workers", .timeLimit(.minutes(1)))
struct WorkerTests {
    private let journal = Journal()
    private let broker = InMemoryBroker(capacity: 1_000)

    /// Runs a body beside a worker, then stops the worker.
    private func withWorker(
        _ router: ChannelNameRouter, slots: Int = 4, drain: Duration = .seconds(10),
        _ body: (BrokeredChannelLayer, Worker) async throws -> Void
    ) async throws {
        let layer = BrokeredChannelLayer(broker: broker)
        let worker = try Worker(router, layer: layer, state: LifespanState(), slots: slots, drain: drain)
        let running = Task { await worker.run() }
        try await body(layer, worker)
        worker.stop()
        await running.value
    }

    @Test("each event is worked on once, at most as many at a time as there are slots")
    func slots() async throws {
        let journal = journal
        let router = ChannelNameRouter {
            Work("work") { (event: Numbered, _) in
                journal.begin(event.number)
                try await Task.sleep(for: .milliseconds(1))
                journal.end()
            }
        }
        try await withWorker(router, slots: 3) { layer, _ in
            for number in 0..<100 { try await layer.send(Numbered(number: number), to: "work") }
            try await eventually("all is done") { journal.numbers.count == 100 && journal.running == 0 }
        }
        #expect(journal.numbers.sorted() == Array(0..<100) && journal.most <= 3)
    }

    @Test("a channel's events go to the work of their type; what has none is set aside")
    func types() async throws {
        let journal = journal
        let router = ChannelNameRouter {
            Work("work", delivery: .atLeastOnce()) { (event: Numbered, _) in journal.begin(event.number) }
            Work("work") { (event: Text, _) in journal.begin(-1) }
        }
        struct Unknown: ChannelEvent { static let type = "test.unknown" }
        try await withWorker(router) { layer, _ in
            try await layer.send(Unknown(), to: "work")
            try await layer.send(Text(text: "x"), to: "work")
            try await layer.send(Numbered(number: 5), to: "work")
            try await eventually("both are done") { journal.numbers.count == 2 }
        }
        #expect(Set(journal.numbers) == [-1, 5])
    }

    @Test("at least once: work that fails comes again with its attempt's number, and is set aside after the last")
    func retries() async throws {
        let journal = journal
        let router = ChannelNameRouter {
            Work("work", delivery: .atLeastOnce(attempts: 3, delay: .milliseconds(1))) { (event: Numbered, context) in
                journal.begin(event.number * 10 + context.attempt)
                if event.number == 1 || context.attempt < 2 { throw Failure() }
            }
        }
        try await withWorker(router) { layer, _ in
            try await layer.send(Numbered(number: 1), to: "work")
            try await layer.send(Numbered(number: 2), to: "work")
            try await eventually("all attempts were made") { journal.numbers.count == 5 }
            // Nothing comes of it any more.
            try await layer.send(Numbered(number: 3), to: "work")
            try await eventually("the next is done") { journal.numbers.contains(32) }
        }
        #expect(journal.numbers.sorted() == [11, 12, 13, 21, 22, 31, 32])
    }

    @Test("at least once: what a dead worker had taken comes again when its lease is over")
    func leases() async throws {
        let layer = BrokeredChannelLayer(broker: broker)
        try await layer.send(Numbered(number: 1), to: "work")
        let taken = try await layer.take(from: "work", lease: .milliseconds(20))
        let again = try await layer.take(from: "work", lease: .seconds(60))
        #expect(taken.attempt == 1 && again.attempt == 2 && again.event.value(as: Numbered.self)?.number == 1)
        #expect(try await layer.settle(taken, of: "work", as: .done) == false)
        #expect(try await layer.settle(again, of: "work", as: .done))
    }

    @Test("a stop takes nothing more and waits for what is being done; what takes too long is cancelled")
    func stop() async throws {
        let journal = journal
        let router = ChannelNameRouter {
            Work("work") { (event: Numbered, _) in
                journal.begin(event.number)
                defer { journal.end() }
                try await Task.sleep(for: event.number == 0 ? .milliseconds(50) : .seconds(3_600))
            }
        }
        try await withWorker(router, slots: 2, drain: .milliseconds(200)) { layer, worker in
            try await layer.send(Numbered(number: 0), to: "work")
            try await layer.send(Numbered(number: 1), to: "work")
            try await eventually("both are being done") { journal.running == 2 }
            worker.stop()
            try await layer.send(Numbered(number: 2), to: "work")
        }
        #expect(Set(journal.numbers) == [0, 1] && journal.running == 0)
    }

    @Test("a channel for which there is no work is refused by name")
    func unknownChannel() {
        let router = ChannelNameRouter { Work("work") { (_: Numbered, _) in } }
        let error = #expect(throws: LayerError.self) {
            _ = try Worker(router, channels: ["other"], layer: BrokeredChannelLayer(), state: LifespanState())
        }
        #expect(error?.description.contains("'other'") == true && error?.description.contains("work") == true)
    }
}
