// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceRedis
import SluiceTesting
import Testing

import class TestProcesses.RedisServer

extension RedisServer {
    static let reason: Comment = "redis-server is not installed"
}

struct Numbered: ChannelEvent, Hashable {
    static let type = "test.numbered"
    var number: Int
    var sender = 0
}

extension ChannelLayer {
    /// A channel that has joined a group.
    func member(of group: GroupName, budget: InboxBudget = InboxBudget(events: 100_000)) async throws -> Inbox {
        let inbox = try open(prefix: "specific", budget: budget, policy: .disconnect, outbox: nil)
        try await groupAdd(group, inbox.name)
        return inbox
    }

    func isUp() async throws {
        try await SluiceTesting.eventually("the layer is up") { health == .up }
    }
}

/// What an inbox gets, sorted by kind.
struct Received {
    var numbers: [Int] = []
    var gaps: [Gap] = []
    var healths: [LayerHealth] = []
}

extension Inbox {
    /// Takes events until a condition holds.
    func receive(until isEnough: (Received) -> Bool) async throws -> Received {
        var received = Received()
        while !isEnough(received) {
            switch try await next(within: .seconds(20)) {
            case .event(let event):
                if let value = event.value(as: Numbered.self) { received.numbers.append(value.number) }
            case .gap(let gap): received.gaps.append(gap)
            case .health(let health): received.healths.append(health)
            case .closed: throw CommunicatorError(.ended, "the channel was closed after \(received)")
            case nil: throw CommunicatorError(.timedOut, "nothing more came after \(received)")
            }
        }
        return received
    }
}

func refusal(_ body: () async throws -> some Any) async -> LayerError? {
    do { _ = try await body() } catch { return error as? LayerError }
    return nil
}
