// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceCore
import SluiceTesting
import Synchronization
import Testing

/// One consumer of the model: it alone joins and leaves for itself, so it knows what it must get.
private struct Client {
    let inbox: Inbox
    var groups: Set<Int> = []
    var received = 0
    var missed = 0

    mutating func drain() {
        while let event = inbox.poll() {
            switch event {
            case .event: received += 1
            case .gap(let gap): missed += gap.count
            case .health: break
            case .closed: return
            }
        }
    }
}

/// What all tasks have sent and got.
private final class Totals: Sendable {
    struct Sums {
        var accepted = 0, refused = 0, received = 0, missed = 0
    }

    private let state = Mutex(Sums())
    var sums: Sums { state.withLock { $0 } }

    func add(_ change: (inout sending Sums) -> Void) {
        state.withLock { change(&$0) }
    }
}

@Suite("Concurrent joins, leaves, sends and closes against a model")
struct ModelTests {
    @Test("one task: every receipt is what the model says", arguments: [1, 2, 3] as [UInt64])
    func sequential(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let layer = BrokeredChannelLayer()
        var clients: [Client] = []
        for _ in 0..<3_000 {
            let group = Int.random(in: 0..<6, using: &random)
            let index = clients.indices.randomElement(using: &random)
            switch (Int.random(in: 0..<10, using: &random), index) {
            case (0, _), (_, nil): clients.append(Client(inbox: try layer.open(budget: InboxBudget(events: 50))))
            case (1...3, let index?):
                try await layer.groupAdd("g\(group)", clients[index].inbox.name)
                clients[index].groups.insert(group)
            case (4, let index?):
                try await layer.groupDiscard("g\(group)", clients[index].inbox.name)
                clients[index].groups.remove(group)
            case (5, let index?):
                layer.close(clients[index].inbox)
                clients.remove(at: index)
            case (6, let index?): clients[index].drain()
            default:
                let receipt = try await layer.groupSend("g\(group)", Numbered(number: group))
                let members = clients.count { $0.groups.contains(group) }
                #expect(receipt.accepted + receipt.refused.inboxFull == members)
            }
            let statistics = layer.statistics
            #expect(statistics.memberships == clients.reduce(0) { $0 + $1.groups.count })
            #expect(statistics.groups == clients.reduce(into: Set()) { $0.formUnion($1.groups) }.count)
            #expect(statistics.channels == clients.count)
        }
        for client in clients { layer.close(client.inbox) }
        #expect(layer.statistics.groups == 0 && layer.statistics.memberships == 0 && layer.statistics.channels == 0)
    }

    @Test(
        "many tasks: every accepted event is received or lost with its closed channel, nothing is left at the end",
        arguments: [11, 12, 13, 14] as [UInt64])
    func concurrent(seed: UInt64) async throws {
        let layer = BrokeredChannelLayer()
        let totals = Totals()
        try await withThrowingTaskGroup { tasks in
            for number in 0..<16 {
                tasks.addTask {
                    var random = SeededGenerator(seed: seed &* 1_000 &+ UInt64(number))
                    for _ in 0..<12 {
                        var client = Client(inbox: try layer.open(budget: InboxBudget(events: 8)))
                        for _ in 0..<60 {
                            let group: GroupName = "g\(Int.random(in: 0..<4, using: &random))"
                            switch Int.random(in: 0..<8, using: &random) {
                            case 0...1: try await layer.groupAdd(group, client.inbox.name)
                            case 2: try await layer.groupDiscard(group, client.inbox.name)
                            case 3: await Task.yield()
                            case 4: client.drain()
                            default:
                                let receipt = try await layer.groupSend(group, Numbered(number: number))
                                totals.add { $0.accepted += receipt.accepted }
                                totals.add { $0.refused += receipt.refused.total }
                            }
                        }
                        for group in 0..<4 { try await layer.groupDiscard("g\(group)", client.inbox.name) }
                        // Out of every group nothing comes any more: what is here now is all there is.
                        client.drain()
                        let (received, missed) = (client.received, client.missed)
                        layer.close(client.inbox)
                        totals.add { $0.received += received }
                        totals.add { $0.missed += missed }
                    }
                }
            }
            try await tasks.waitForAll()
        }
        let sums = totals.sums
        #expect(sums.accepted > 0 && sums.refused > 0)
        #expect(sums.received == sums.accepted)
        #expect(sums.missed == sums.refused)
        let statistics = layer.statistics
        #expect(statistics.groups == 0 && statistics.memberships == 0 && statistics.channels == 0)
        #expect(statistics.delivered == UInt64(sums.accepted))
    }

    @Test("channels that close while others send: no membership survives", arguments: [21, 22] as [UInt64])
    func closingInTheMiddle(seed: UInt64) async throws {
        let layer = BrokeredChannelLayer()
        try await withThrowingTaskGroup { tasks in
            for number in 0..<8 {
                tasks.addTask {
                    var random = SeededGenerator(seed: seed &* 1_000 &+ UInt64(number))
                    for _ in 0..<100 {
                        let inbox = try layer.open()
                        let closing = Task { layer.close(inbox) }
                        for _ in 0..<Int.random(in: 0..<4, using: &random) {
                            do {
                                try await layer.groupAdd("g\(Int.random(in: 0..<2, using: &random))", inbox.name)
                            } catch let error as LayerError where error.code == .noSuchChannel {
                                break
                            }
                            try await layer.groupSend("g0", Numbered(number: number))
                        }
                        await closing.value
                        #expect(contents(inbox) == "closed")
                    }
                }
            }
            try await tasks.waitForAll()
        }
        let statistics = layer.statistics
        #expect(statistics.groups == 0 && statistics.memberships == 0 && statistics.channels == 0)
    }
}
