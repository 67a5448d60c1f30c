// SPDX-License-Identifier: Apache-2.0

import Glibc
import SluiceChannelLayers
import SluiceRedis
import SluiceTesting
import Testing

import class TestProcesses.RedisServer

@Suite(
    "What happens to Redis closes nothing, and is told", .enabled(if: RedisServer.isInstalled, RedisServer.reason),
    .timeLimit(.minutes(3)), .serialized)
struct RedisFaultTests {
    /// Runs a test with a server of its own.
    private func withServer(
        _ arguments: [String] = [], _ body: (RedisServer) async throws -> Void
    ) async throws {
        let server = try await RedisServer(arguments: arguments)
        do { try await body(server) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test("without a history: after lost connections members hear again, and are told of a gap and of the broker")
    func killedConnections() async throws {
        try await withServer { server in
            let (one, other) = (try layer(server.url), try layer(server.url))
            let (first, second) = (try await one.member(of: "g"), try await other.member(of: "g"))
            try await one.isUp()
            try await other.isUp()
            try server.killClients()
            for inbox in [first, second] {
                let told = try await inbox.receive { $0.healths.last == .up && !$0.gaps.isEmpty }
                #expect(told.healths.count >= 1 && told.gaps.contains { $0.isUncertain })
            }
            try await one.groupSend("g", Numbered(number: 1))
            try await other.groupSend("g", Numbered(number: 2))
            for inbox in [first, second] {
                #expect(try await inbox.receive { $0.numbers.count == 2 }.numbers == [1, 2])
            }
            await one.shutdown()
            await other.shutdown()
        }
    }

    @Test("with a history: through 15 rounds of lost connections nothing is lost, doubled or out of order")
    func historyThroughKills() async throws {
        try await withServer { server in
            let url = server.url + "?history=10000,60&down=queue,30"
            let (one, other) = (try layer(url), try layer(url))
            let members = [try await one.member(of: "g"), try await other.member(of: "g")]
            let sending = (0..<2).map { sender in
                Task {
                    for number in 0..<300 {
                        try await (sender == 0 ? one : other).groupSend("g", Numbered(number: number * 2 + sender))
                        try await Task.sleep(for: .milliseconds(3))
                    }
                }
            }
            for _ in 0..<15 {
                try await Task.sleep(for: .milliseconds(60))
                try server.killClients()
            }
            for task in sending { try await task.value }
            for member in members {
                let received = try await member.receive { $0.numbers.count >= 600 }
                let doubled = Dictionary(grouping: received.numbers) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
                #expect(doubled == [] && received.numbers.count == 600 && received.gaps.isEmpty)
                for sender in 0..<2 {
                    let own = received.numbers.filter { $0 % 2 == sender }
                    #expect(own == own.sorted())
                }
            }
            await one.shutdown()
            await other.shutdown()
        }
    }

    @Test("with a history: an emptied server and flushed scripts lose nothing of what comes after")
    func flushed() async throws {
        try await withServer { server in
            let url = server.url + "?history=1000,60&down=queue,30"
            let (one, other) = (try layer(url), try layer(url))
            let member = try await other.member(of: "g")
            try await one.groupSend("g", Numbered(number: 1))
            try server.command("FLUSHALL")
            try await one.groupSend("g", Numbered(number: 2))
            try server.command("SCRIPT", "FLUSH")
            try await one.groupSend("g", Numbered(number: 3))
            let received = try await member.receive { $0.numbers.last == 3 }
            #expect(received.numbers == [1, 2, 3])
            await one.shutdown()
            await other.shutdown()
        }
    }

    @Test("a server that is killed and comes back empty: what was queued goes out in order, members hear again")
    func restart() async throws {
        let server = try await RedisServer()
        let url = server.url + "?history=1000,60&down=queue,30"
        let (one, other) = (try layer(url), try layer(url))
        let member = try await other.member(of: "g")
        try await one.groupSend("g", Numbered(number: 0))
        _ = try await member.receive { $0.numbers == [0] }
        await server.stop()
        try await eventually("both have noticed") { one.health != .up && other.health != .up }
        for number in 1...20 {
            let receipt = try await one.groupSend("g", Numbered(number: number))
            #expect(receipt.isQueued)
        }
        let again = try await RedisServer(port: server.port)
        let received = try await member.receive { $0.numbers.last == 20 }
        #expect(received.numbers == Array(1...20) && received.healths.last == .up)
        await one.shutdown()
        await other.shutdown()
        await again.stop()
    }

    @Test("while Redis is away events fail, wait, or queue up to a budget, as is chosen")
    func whileDown() async throws {
        let port = try RedisServer.freePort()
        let url = "redis://127.0.0.1:\(port)"
        let fail = try layer(url)
        try await eventually("the start is over") {
            await refusal { try await fail.groupSend("g", Numbered(number: 1)) }?.code == .down
        }
        #expect(throws: LayerError.self) { try fail.publish("g", Numbered(number: 1)) }
        let wait = try layer(url + "?down=wait,1")
        #expect(await refusal { try await wait.groupSend("g", Numbered(number: 1)) }?.code == .down)
        let long = try layer(url + "?down=wait,60")
        let member = try await long.member(of: "g")
        let sending = Task { try await long.groupSend("g", Numbered(number: 7)) }
        var configuration = try RedisConfiguration(url: url + "?down=queue,60")
        configuration.waitingBytes = 1_000
        let small = BrokeredChannelLayer(broker: try RedisBroker(configuration))
        // In a group of its own: of one that both are in, either may be back first.
        let own = try await small.member(of: "small")
        var queued = 0
        while queued < 1_000,
            await refusal({ try await small.groupSend("small", Numbered(number: 100 + queued)) }) == nil
        {
            queued += 1
        }
        #expect((1..<200).contains(queued))
        let server = try await RedisServer(port: port)
        #expect(try await sending.value.processes == 1)
        #expect(try await member.receive { $0.numbers.contains(7) }.gaps.isEmpty)
        let received = try await own.receive { $0.numbers.count { $0 >= 100 } == queued }
        #expect(received.numbers.filter { $0 >= 100 } == (0..<queued).map { $0 + 100 })
        for layer in [fail, wait, long, small] { await layer.shutdown() }
        await server.stop()
    }

    @Test("a server that does not answer is down after 2 s, and what was sent arrives when it goes on")
    func hanging() async throws {
        try await withServer { server in
            let one = try layer(server.url + "?down=queue,60")
            let member = try await one.member(of: "g")
            try await one.isUp()
            let changes = one.healthChanges
            try await server.signal(SIGSTOP)
            let sending = Task { for number in 0..<10 { try await one.groupSend("g", Numbered(number: number)) } }
            var iterator = changes.makeAsyncIterator()
            guard case .down = await iterator.next() else {
                Issue.record("not down")
                return
            }
            try await server.signal(SIGCONT)
            #expect(await iterator.next() == .up)
            try await sending.value
            #expect(try await member.receive { $0.numbers.count == 10 }.numbers == Array(0..<10))
            await one.shutdown()
        }
    }

    @Test("2,000 groups are subscribed again after a lost connection, in batches")
    func manyGroups() async throws {
        try await withServer { server in
            let one = try layer(server.url)
            let inbox = try one.open(budget: InboxBudget(events: 100_000))
            for number in 0..<2_000 { try await one.groupAdd("g\(number)", inbox.name) }
            try server.command("CONFIG", "RESETSTAT")
            try server.killClients()
            _ = try await inbox.receive { $0.healths.last == .up }
            #expect(try server.calls(of: "subscribe") <= 5)
            for number in stride(from: 0, to: 2_000, by: 100) {
                try await one.groupSend("g\(number)", Numbered(number: number))
            }
            #expect(try await inbox.receive { $0.numbers.count == 20 }.numbers.count == 20)
            await one.shutdown()
        }
    }

    @Test("one message of Redis for each process, however many members it has")
    func oneMessageForEachProcess() async throws {
        try await withServer { server in
            let (one, other) = (try layer(server.url), try layer(server.url))
            var members: [Inbox] = []
            for number in 0..<200 { members.append(try await (number % 2 == 0 ? one : other).member(of: "g")) }
            try await other.isUp()
            let before = (try server.calls(of: "publish"), try server.calls(of: "subscribe"))
            for number in 0..<50 {
                let receipt = try await one.groupSend("g", Numbered(number: number))
                #expect(receipt.processes == 2 && receipt.accepted == 100)
            }
            for member in members { _ = try await member.receive { $0.numbers.count == 50 } }
            // Each process asks once a second whether its events still come.
            let publishes = try server.calls(of: "publish") - before.0
            #expect((50...70).contains(publishes) && before.1 == 2)
            await one.shutdown()
            await other.shutdown()
        }
    }
}
