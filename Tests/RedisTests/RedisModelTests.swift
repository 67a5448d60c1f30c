// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceChannelLayers
import SluiceRedis
import SluiceTesting
import Testing

import class TestProcesses.RedisServer

@Suite(
    "Random joins, leaves, sends, crashes and reconnections: memory, Redis and a model agree",
    .enabled(if: RedisServer.isInstalled, RedisServer.reason), .timeLimit(.minutes(10)), .serialized)
struct RedisModelTests {
    /// `SLUICE_PROPERTY_SEEDS=100` tries the seeds 1 to 100.
    static let seeds: [UInt64] = {
        let count = ProcessInfo.processInfo.environment["SLUICE_PROPERTY_SEEDS"].flatMap { UInt64($0) } ?? 3
        return Array(1...max(1, count))
    }()

    @Test("without a history", arguments: seeds)
    func plain(seed: UInt64) async throws {
        let server = try await RedisServer.shared.value
        let broker = InMemoryBroker()
        let inMemory = try await Course(seed: seed, keepsHistory: false) {
            BrokeredChannelLayer(broker: broker)
        }.run()
        let overRedis = try await Course(seed: seed, keepsHistory: false) {
            try layer(server.url + "?prefix=plain-model-\(seed)&down=wait,30")
        }.run()
        #expect(overRedis == inMemory && !inMemory.isEmpty)
    }

    @Test("with a history, while connections are cut again and again", arguments: seeds)
    func history(seed: UInt64) async throws {
        let broker = InMemoryBroker(history: HistoryPolicy(size: 1_000, seconds: 600))
        let inMemory = try await Course(seed: seed, keepsHistory: true) {
            BrokeredChannelLayer(broker: broker)
        }.run()
        let server = try await RedisServer()
        do {
            let overRedis = try await Course(seed: seed, keepsHistory: true) {
                try layer(server.url + "?history=1000,600&down=wait,30")
            } disturb: {
                try server.killClients()
            }.run()
            #expect(overRedis == inMemory && !inMemory.isEmpty)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}

/// A random course of what members of groups do in three processes, one step after the other, and what each of them must
/// have got at its end.
///
/// What a member must get of a group is what was sent from its joining on, once and in order. Between groups there is no
/// order, and who joins may get what was sent before and is still on its way, unless it joins at a place of the history.
private final class Course {
    /// A member's time in a group.
    struct Membership {
        /// How many events the group had before.
        var start: Int
        /// Whether nothing from before may come.
        var isExact: Bool
        var received: [Int] = []
        var position: Position?
    }

    struct Member {
        let number: Int
        /// `nil` while its client is away.
        var inbox: Inbox?
        var process = 0
        var groups: [Int: Membership] = [:]
    }

    private let keepsHistory: Bool
    private let makeLayer: () throws -> BrokeredChannelLayer
    private let disturb: () throws -> Void
    private var random: SeededGenerator
    private var processes: [BrokeredChannelLayer] = []
    private var members: [Member] = []
    private var memberCount = 0
    /// The steps in which something was sent to each group.
    private var sent = [[Int]](repeating: [], count: 4)
    private var results: [String] = []

    init(
        seed: UInt64, keepsHistory: Bool, _ makeLayer: @escaping () throws -> BrokeredChannelLayer,
        disturb: @escaping () throws -> Void = {}
    ) {
        random = SeededGenerator(seed: seed)
        self.keepsHistory = keepsHistory
        self.makeLayer = makeLayer
        self.disturb = disturb
    }

    /// - Returns: what each member got in each of its times in a group.
    func run() async throws -> [String] {
        for _ in 0..<3 { processes.append(try await process()) }
        for step in 0..<300 { try await act(step) }
        for index in members.indices {
            if members[index].inbox == nil { try await comeBack(index) }
            try await settle(index)
            for group in members[index].groups.keys.sorted() { end(group, of: index) }
            // Nothing comes that the model does not know.
            if let inbox = members[index].inbox {
                for event in waiting(inbox) { Issue.record("\(event.type) came too") }
            }
        }
        for process in processes { await process.shutdown() }
        return results
    }

    private func process() async throws -> BrokeredChannelLayer {
        let layer = try makeLayer()
        try await layer.isUp()
        return layer
    }

    private func act(_ step: Int) async throws {
        let here = members.indices.filter { members[$0].inbox != nil }
        let away = members.indices.filter { members[$0].inbox == nil }
        let group = Int.random(in: 0..<4, using: &random)
        let chance = Int.random(in: 0..<100, using: &random)
        let index = here.randomElement(using: &random)
        let absent = away.randomElement(using: &random)
        switch (chance, index) {
        case (0..<10, _), (_, nil):
            memberCount += 1
            members.append(Member(number: memberCount))
            try open(members.count - 1)
        case (10..<28, let index?): try await join(group, index)
        case (28..<34, let index?): try await leave(group, index)
        case (34..<37, let index?):
            try await settle(index)
            for group in members[index].groups.keys.sorted() { end(group, of: index) }
            if let inbox = members[index].inbox { processes[members[index].process].close(inbox) }
            members.remove(at: index)
        case (37..<41, let index?) where keepsHistory: goAway(index)
        case (41..<47, _) where absent != nil: if let absent { try await comeBack(absent) }
        case (47..<49, _): try await crash(group % 3)
        case (49..<51, _): try disturb()
        default:
            try await processes[step % 3].groupSend(name(group), Numbered(number: step, sender: group))
            sent[group].append(step)
        }
    }

    private func name(_ group: Int) -> GroupName { GroupName(rawValue: "model-\(group)") }

    private func open(_ index: Int) throws {
        members[index].process = Int.random(in: 0..<3, using: &random)
        members[index].inbox = try processes[members[index].process].open(
            prefix: "specific", budget: InboxBudget(events: 100_000), policy: .disconnect, outbox: nil)
    }

    private func join(_ group: Int, _ index: Int) async throws {
        let isExact = Bool.random(using: &random) && keepsHistory
        guard members[index].groups[group] == nil, let inbox = members[index].inbox else { return }
        let layer = processes[members[index].process]
        var membership = Membership(start: sent[group].count, isExact: isExact)
        if isExact {
            membership.position = try await whenUp {
                try await layer.groupAdd(self.name(group), inbox.name, since: nil).position
            }
        } else {
            try await layer.groupAdd(name(group), inbox.name)
            if keepsHistory {
                membership.position = try await whenUp {
                    try await layer.history(self.name(group), since: nil, limit: 0).position
                }
            }
        }
        members[index].groups[group] = membership
    }

    /// Tries again where the broker cannot be reached at this moment, as a client does.
    private func whenUp<Value>(_ body: () async throws -> Value) async throws -> Value {
        for _ in 0..<1_000 {
            do { return try await body() } catch let error as LayerError where error.code == .down {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        return try await body()
    }

    private func leave(_ group: Int, _ index: Int) async throws {
        guard members[index].groups[group] != nil, let inbox = members[index].inbox else { return }
        try await settle(index)
        try await processes[members[index].process].groupDiscard(name(group), inbox.name)
        end(group, of: index)
    }

    /// The client is gone; it comes back for what it has missed.
    private func goAway(_ index: Int) {
        guard let inbox = members[index].inbox else { return }
        for event in waiting(inbox) { take(event, index) }
        processes[members[index].process].close(inbox)
        members[index].inbox = nil
    }

    private func waiting(_ inbox: Inbox) -> [LayerEvent] {
        var events: [LayerEvent] = []
        while !inbox.isClosed, let event = inbox.poll() {
            if case .event(let event) = event { events.append(event) }
        }
        return events
    }

    private func comeBack(_ index: Int) async throws {
        try open(index)
        guard let inbox = members[index].inbox else { return }
        for (group, membership) in members[index].groups.sorted(by: { $0.key < $1.key }) {
            let layer = processes[members[index].process]
            let page = try await whenUp {
                try await layer.groupAdd(self.name(group), inbox.name, since: membership.position)
            }
            #expect(page.isComplete)
            for event in page.events { take(event, index) }
            members[index].groups[group]?.position = page.position
        }
    }

    /// A process ends, and another one takes its place; its members' clients come back where there is a history.
    private func crash(_ process: Int) async throws {
        for index in members.indices.reversed() where members[index].process == process && members[index].inbox != nil {
            if keepsHistory {
                goAway(index)
            } else {
                try await settle(index)
                for group in members[index].groups.keys.sorted() { end(group, of: index) }
                members.remove(at: index)
            }
        }
        await processes[process].shutdown()
        processes[process] = try await self.process()
    }

    /// Waits until a member has got what the model says.
    private func settle(_ index: Int) async throws {
        guard let inbox = members[index].inbox else { return }
        while let (group, missing) = firstMissing(index) {
            switch try await inbox.next(within: .seconds(30)) {
            case .event(let event): take(event, index)
            case .closed, nil:
                Issue.record("member \(members[index].number) waits for \(missing) in group \(group)")
                throw CommunicatorError(.timedOut, "an event did not come")
            case .gap, .health: continue
            }
        }
    }

    private func firstMissing(_ index: Int) -> (group: Int, event: Int)? {
        for (group, membership) in members[index].groups {
            let got = Set(membership.received)
            if let missing = sent[group][membership.start...].first(where: { !got.contains($0) }) {
                return (group, missing)
            }
        }
        return nil
    }

    private func take(_ event: LayerEvent, _ index: Int) {
        guard let value = event.value(as: Numbered.self) else { return }
        guard members[index].groups[value.sender] != nil else {
            Issue.record("\(value) came to one who is not in the group")
            return
        }
        members[index].groups[value.sender]?.received.append(value.number)
        if let position = event.position, position.offset > members[index].groups[value.sender]?.position?.offset ?? 0 {
            members[index].groups[value.sender]?.position = position
        }
    }

    /// Compares a time in a group with the model.
    private func end(_ group: Int, of index: Int) {
        guard let membership = members[index].groups.removeValue(forKey: group) else { return }
        let expected = Array(sent[group][membership.start...])
        let early = membership.received.dropLast(expected.count)
        #expect(Array(membership.received.suffix(expected.count)) == expected)
        #expect(early.isEmpty || !membership.isExact)
        #expect(Array(early) == sent[group][..<membership.start].suffix(early.count))
        results.append("\(members[index].number) in \(group): \(expected)")
    }
}
