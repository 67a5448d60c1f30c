// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceTesting
import Testing

@Suite("A broker that misbehaves on a seed", .timeLimit(.minutes(1)))
struct ChaosTests {
    /// What a member gets of 200 events, posted in order.
    private func trace(seed: UInt64, _ faults: ChaosBroker.Faults) async throws -> String {
        let layer = BrokeredChannelLayer(broker: ChaosBroker(InMemoryBroker(), seed: seed, faults: faults))
        let member = try await layer.member(of: "g")
        for number in 0..<200 { try await layer.groupSend("g", Numbered(number: number)) }
        return contents(member)
    }

    @Test("without faults it is the broker that it wraps", arguments: ChannelLayerConformance.checks)
    func conforms(_ check: ChannelLayerConformance.Check) async throws {
        let broker = InMemoryBroker(history: HistoryPolicy(size: 200, seconds: 60))
        try await check.run { BrokeredChannelLayer(broker: ChaosBroker(broker, seed: 1)) }
    }

    @Test("one seed is one trace; another is another")
    func seeds() async throws {
        let faults = ChaosBroker.Faults(dropping: 0.2, doubling: 0.2)
        let (first, again) = (try await trace(seed: 1, faults), try await trace(seed: 1, faults))
        let other = try await trace(seed: 2, faults)
        #expect(first == again && first != other)
        let numbers = first.split(separator: " ").compactMap { Int($0) }
        #expect(Set(numbers).count < 190 && Set(numbers).count < numbers.count && numbers == numbers.sorted())
        #expect(try await trace(seed: 3, .init(dropping: 1)) == "")
    }

    @Test("delayed events come, in another order")
    func delays() async throws {
        let broker = ChaosBroker(
            InMemoryBroker(), seed: 1, faults: .init(delaying: 0.5, delay: .milliseconds(20)))
        let layer = BrokeredChannelLayer(broker: broker)
        let member = try await layer.member(of: "g")
        for number in 0..<50 { try layer.publish("g", Numbered(number: number)) }
        var numbers: [Int] = []
        while numbers.count < 50, case .event(let event)? = try await member.next(within: .seconds(20)) {
            numbers.append(event.value(as: Numbered.self)?.number ?? -1)
        }
        #expect(numbers != Array(0..<50) && numbers.sorted() == Array(0..<50))
    }

    @Test("a process that is cut off can send nothing and gets nothing; afterwards its members are told of a gap")
    func partition() async throws {
        let shared = InMemoryBroker()
        let chaos = ChaosBroker(shared, seed: 1)
        let (inside, outside) = (BrokeredChannelLayer(broker: chaos), BrokeredChannelLayer(broker: shared))
        let member = try await inside.member(of: "g")
        chaos.isCutOff = true
        #expect(await refusal { try await inside.groupSend("g", Numbered(number: 1)) }?.code == .down)
        #expect(throws: LayerError.self) { try inside.publish("g", Numbered(number: 1)) }
        try await outside.groupSend("g", Numbered(number: 2))
        guard case .health(.down) = member.poll() else {
            Issue.record("not told that the broker is lost")
            return
        }
        chaos.isCutOff = false
        try await outside.groupSend("g", Numbered(number: 3))
        #expect(contents(member) == "up gap(0?) 3" && inside.health == .up)
    }
}
