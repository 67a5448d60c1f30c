// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Testing

@testable import SluiceChannelLayers

@Suite("Groups and channels of one process")
struct GroupTests {
    let layer = BrokeredChannelLayer()

    @Test("test_inmemorychannel.py::test_process_local_send_receive: a name made by the layer can be sent to and read")
    func processLocal() async throws {
        let name = try await layer.newChannel()
        try await layer.send(Numbered(number: 1), to: name)
        #expect(try await layer.receive(name).value(as: Numbered.self)?.number == 1)
        #expect(await refusal { try await layer.send(Numbered(number: 1), to: "specific.x!y") }?.code == .noSuchChannel)
    }

    @Test("A channel made by the layer is closed by its name: receives throw, sends find none, nothing is left")
    func closedByName() async throws {
        let name = try await layer.newChannel()
        try await layer.groupAdd("g", name)
        let taking = Task { try await layer.receive(name) }
        await Task.yield()
        try await layer.closeChannel(name)
        #expect(await refusal { try await taking.value }.map { [.closed, .noSuchChannel].contains($0.code) } == true)
        #expect(await refusal { try await layer.send(Numbered(number: 1), to: name) }?.code == .noSuchChannel)
        #expect(layer.statistics.channels == 0 && layer.statistics.memberships == 0)
        try await layer.closeChannel(name)
        #expect(await refusal { try await layer.closeChannel("no name") }?.code == .invalidName)
    }

    @Test("two receives on one channel of the process: each gets an event, none waits for ever")
    func twoReceivers() async throws {
        let name = try await layer.newChannel()
        let takers = (0..<2).map { _ in Task { try await withTimeout { try await layer.receive(name) } } }
        await Task.yield()
        for number in 1...2 { try await layer.send(Numbered(number: number), to: name) }
        var numbers: [Int] = []
        for taker in takers { numbers.append(try #require(try await taker.value?.value(as: Numbered.self)?.number)) }
        #expect(numbers.sorted() == [1, 2])
    }

    @Test("a group's event reaches every member, the sender too, and no excluded or former member")
    func members() async throws {
        let (one, two) = (try await layer.member(of: "g"), try await layer.member(of: "g"))
        try await layer.groupAdd("g", one.name)
        #expect(try await layer.groupSend("g", Numbered(number: 1)).accepted == 2)
        #expect(try await layer.groupSend("g", Numbered(number: 2), excluding: one.name).accepted == 1)
        try await layer.groupDiscard("g", two.name)
        try await layer.groupDiscard("g", two.name)
        #expect(try await layer.groupSend("g", Numbered(number: 3)).accepted == 1)
        #expect(contents(one) == "1 3" && contents(two) == "1 2")
        #expect(try await layer.groupSend("nobody", Numbered(number: 1)).accepted == 0)
        #expect(layer.statistics.delivered == 4)
    }

    @Test("a closed channel is out of its groups at once, cannot join again and cannot be sent to")
    func closing() async throws {
        let inbox = try await layer.member(of: "g")
        try await layer.groupSend("g", Numbered(number: 1))
        layer.close(inbox)
        #expect(layer.statistics.groups == 0 && layer.statistics.memberships == 0 && layer.statistics.channels == 0)
        #expect(contents(inbox) == "closed" && inbox.isClosed)
        #expect(await refusal { try await layer.groupAdd("g", inbox.name) }?.code == .noSuchChannel)
        #expect(await refusal { try await layer.send(Numbered(number: 1), to: inbox.name) }?.code == .noSuchChannel)
        layer.close(inbox)
    }

    @Test("an event larger than the layer carries is refused")
    func tooLarge() async throws {
        let event = Text(text: String(repeating: "x", count: 16 << 20))
        #expect(await refusal { try await layer.groupSend("g", event) }?.code == .messageTooLarge)
        #expect(await refusal { try await layer.send(event, to: "work") }?.code == .messageTooLarge)
    }

    @Test("test_layers.py::test_config_error: an alias without a layer is an error that names it")
    func missingLayer() async throws {
        let missing = LifespanState().channelLayer("other")
        let error = await refusal { try await missing.groupSend("g", Numbered(number: 1)) }
        #expect(error?.code == .noLayer)
        #expect(error?.description == "no channel layer is configured under the alias 'other'")
        var state = LifespanState()
        state.setChannelLayer(layer, alias: "other")
        #expect(state.channelLayer("other").health == .up)
    }

    @Test("all members see the events of many concurrent senders in one order")
    func totalOrder() async throws {
        var members: [Inbox] = []
        for _ in 0..<8 { members.append(try await layer.member(of: "g")) }
        let layer = layer
        await withTaskGroup { group in
            for sender in 0..<8 {
                group.addTask {
                    for number in 0..<200 {
                        _ = try? await layer.groupSend("g", Numbered(number: number, sender: sender))
                    }
                }
            }
        }
        let seen = members.map { inbox -> [Numbered] in
            var events: [Numbered] = []
            while case .event(let event)? = inbox.poll() { event.value(as: Numbered.self).map { events.append($0) } }
            return events
        }
        #expect(seen[0].count == 1_600)
        #expect(seen.allSatisfy { $0 == seen[0] })
        for sender in 0..<8 { #expect(seen[0].filter { $0.sender == sender }.map(\.number) == Array(0..<200)) }
    }
}
