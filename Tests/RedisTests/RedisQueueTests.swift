// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceChannelLayers
import SluiceCore
import SluiceRedis
import SluiceTesting
import Synchronization
import Testing

import class TestProcesses.RedisServer

@Suite(
    "Queues of workers in Redis", .enabled(if: RedisServer.isInstalled, RedisServer.reason), .timeLimit(.minutes(3)))
struct RedisQueueTests {
    private struct Failure: Error {}

    /// What was worked on, as `number.attempt`.
    private final class Journal: Sendable {
        private let state = Mutex<[String]>([])
        var entries: [String] { state.withLock { $0.sorted() } }

        func note(_ number: Int, _ attempt: Int) {
            state.withLock { $0.append("\(number).\(attempt)") }
        }
    }

    private let prefix = "queue-\(UUID().uuidString.prefix(8))"

    private func oneLayer(_ settings: String = "") async throws -> BrokeredChannelLayer {
        let layer = try layer(try await RedisServer.shared.value.url + "?prefix=\(prefix)&down=wait,30" + settings)
        try await layer.isUp()
        return layer
    }

    @Test("poison: what is no event, and what no work can do, is set aside and in nobody's way")
    func poison() async throws {
        let (server, layer, journal) = (try await RedisServer.shared.value, try await oneLayer(), Journal())
        for entry in ["ab:0:99999999999999:garbage", "", "no entry at all", "ab:0:x:y", "ab:7"] {
            try server.command("RPUSH", "\(prefix)__queue__work", entry)
        }
        let router = ChannelNameRouter {
            Work("work", delivery: .atLeastOnce(attempts: 2, delay: .milliseconds(20))) { (event: Numbered, context) in
                journal.note(event.number, context.attempt)
                if event.number == 1 { throw Failure() }
            }
        }
        let worker = try Worker(router, layer: layer, state: LifespanState(), slots: 2)
        let running = Task { await worker.run() }
        for number in 1...3 { try await layer.send(Numbered(number: number), to: "work") }
        try await eventually("all is done") { journal.entries == ["1.1", "1.2", "2.1", "3.1"] }
        try await eventually("six are set aside") {
            try server.command("LLEN", "\(prefix)__aside__work") == "6\n"
        }
        worker.stop()
        await running.value
        for key in ["queue", "held", "leased"] {
            #expect(try server.command("EXISTS", "\(prefix)__\(key)__work") == "0\n")
        }
        await layer.shutdown()
    }

    @Test("two workers: each event is worked on once; a stop finishes what it has and leaves the rest to the other")
    func gracefulStop() async throws {
        let layers = [try await oneLayer(), try await oneLayer()]
        let (journal, sender) = (Journal(), try await oneLayer())
        let router = ChannelNameRouter {
            Work("work", delivery: .atLeastOnce()) { (event: Numbered, context) in
                try await Task.sleep(for: .milliseconds(2))
                journal.note(event.number, context.attempt)
            }
        }
        let workers = try layers.map { try Worker(router, layer: $0, state: LifespanState(), slots: 4) }
        let running = workers.map { worker in Task { await worker.run() } }
        for number in 100..<300 {
            while await refusal({ try await sender.send(Numbered(number: number), to: "work") }) != nil {
                try await Task.sleep(for: .milliseconds(2))
            }
            if number == 200 {
                workers[0].stop()
                await running[0].value
            }
        }
        try await eventually("all is done") { journal.entries.count >= 200 }
        #expect(journal.entries == (100..<300).map { "\($0).1" })
        workers[1].stop()
        await running[1].value
        for layer in layers + [sender] { await layer.shutdown() }
    }

    @Test("a worker whose connections are cut goes on, and its work is done")
    func lostConnections() async throws {
        let server = try await RedisServer()
        let (worker, sender) = (try layer(server.url + "?down=wait,30"), try layer(server.url + "?down=wait,30"))
        try await worker.isUp()
        try await sender.isUp()
        let journal = Journal()
        let router = ChannelNameRouter {
            Work("work", delivery: .atLeastOnce(lease: .seconds(1))) { (event: Numbered, _) in
                journal.note(event.number, 0)
            }
        }
        let running = try Worker(router, layer: worker, state: LifespanState(), slots: 3)
        let task = Task { await running.run() }
        for number in 100..<160 {
            if number % 20 == 0 { try server.killClients() }
            // Who sends to a queue is told when it was not taken, and sends again.
            while await refusal({ try await sender.send(Numbered(number: number), to: "work") }) != nil {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        try await eventually("all is done") { Set(journal.entries).count == 60 }
        running.stop()
        await task.value
        await worker.shutdown()
        await sender.shutdown()
        await server.stop()
    }

    @Test("events that are older than a queue keeps them make room for new ones, and are counted")
    func expiry() async throws {
        let layer = try await oneLayer("&capacity=2&expiry=2")
        // On a busy machine some may have expired by the time that the next one comes.
        var sent = 0
        while sent < 1_000, await refusal({ try await layer.send(Numbered(number: sent), to: "work") }) == nil {
            sent += 1
        }
        #expect((2..<1_000).contains(sent))
        try await eventually("there is room") {
            await refusal { try await layer.send(Numbered(number: 1_000), to: "work") } == nil
        }
        // That one may have expired too by the time that somebody takes it.
        let journal = Journal()
        let taking = Task {
            while let event = try? await layer.receive("work") {
                journal.note(event.value(as: Numbered.self)?.number ?? 0, 0)
            }
        }
        try await eventually("a new one comes") {
            _ = await refusal { try await layer.send(Numbered(number: 1_000), to: "work") }
            return journal.entries.contains("1000.0")
        }
        taking.cancel()
        #expect(layer.statistics.dropped["expired"] ?? 0 >= 1 && layer.statistics.dropped.count == 1)
        try await layer.send(Numbered(number: 5), to: "none")
        let seconds = Int(try await RedisServer.shared.value.command("TTL", "\(prefix)__queue__none").dropLast()) ?? 0
        #expect((86_000...86_400).contains(seconds))
        await layer.shutdown()
    }
}
