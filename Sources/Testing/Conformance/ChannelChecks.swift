// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers

extension ChannelLayerConformance {
    static let channels = [
        Check("a channel of another process is reached by its name alone") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            guard one.capabilities.crossProcess else { return }
            let channel = try await other.newChannel()
            for number in 0..<20 { try await one.send(Probe(number: number), to: channel) }
            for number in 0..<20 {
                let found = try await other.receive(channel).value(as: Probe.self)?.number
                try expect(found == number, "\(String(describing: found)) came instead of \(number)")
            }
        },
        Check("a channel that is gone, or never was, is told to the sender") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let channel = try await one.newChannel()
            try await one.closeChannel(channel)
            try await expectRefusal(.noSuchChannel, "a closed channel") {
                try await one.send(Probe(number: 1), to: channel)
            }
            try await expectRefusal(.noSuchChannel, "a channel of no process") {
                try await other.send(Probe(number: 1), to: "specific.0123456789abcdef!0123456789abcdef")
            }
        },
        Check("a full channel is told to the sender") { fixture in
            let layer = try await fixture.process()
            let inbox = try layer.open(
                prefix: "specific", budget: InboxBudget(events: 2), policy: .disconnect, outbox: nil)
            for number in 0..<2 { try await layer.send(Probe(number: number), to: inbox.name) }
            try await expectRefusal(.channelFull, "a full channel") {
                try await layer.send(Probe(number: 2), to: inbox.name)
            }
            let group = fixture.group("full")
            try await layer.groupAdd(group, inbox.name)
            let receipt = try await layer.groupSend(group, Probe(number: 3))
            try expect(receipt.refused.inboxFull == 1 && receipt.accepted == 0, "the receipt tells \(receipt)")
        },
        Check("names that no layer takes are refused") { fixture in
            let layer = try await fixture.process()
            let inbox = try layer.open(prefix: "specific", budget: InboxBudget(), policy: .disconnect, outbox: nil)
            for name in ["", String(repeating: "x", count: 1_025)] {
                try await expectRefusal(.invalidName, "the group '\(name.prefix(10))'") {
                    try await layer.groupAdd(GroupName(rawValue: name), inbox.name)
                }
            }
            for name in ["", "a b", "聊天", "a!b!c", "!a", String(repeating: "x", count: 100)] {
                try await expectRefusal(.invalidName, "the channel '\(name.prefix(10))'") {
                    try await layer.send(Probe(number: 1), to: ChannelName(rawValue: name))
                }
            }
        },
    ]

    static let queues = [
        Check("a queue keeps its order, and gives each event to one taker of any process") { fixture in
            let layers = [try await fixture.process(), try await fixture.process()]
            let queue = fixture.queue("queue")
            let takers = layers[0].capabilities.crossProcess ? layers : [layers[0]]
            for number in 0..<10 { try await layers[0].send(Probe(number: number), to: queue) }
            for number in 0..<10 {
                let taken = try await takers[number % takers.count].receive(queue).value(as: Probe.self)?.number
                try expect(taken == number, "\(String(describing: taken)) was taken instead of \(number)")
            }
        },
        Check("a full queue is told to the sender, and has room again when one was taken") { fixture in
            let layer = try await fixture.process()
            let queue = fixture.queue("full")
            var sent = 0
            do {
                while sent <= 100_000 {
                    try await layer.send(Probe(number: sent), to: queue)
                    sent += 1
                }
                throw CommunicatorError(.unexpected, "a queue took \(sent) events")
            } catch let error as LayerError where error.code == .channelFull {}
            let first = try await layer.receive(queue).value(as: Probe.self)?.number
            try expect(first == 0, "\(String(describing: first)) came first")
            try await layer.send(Probe(number: sent), to: queue)
        },
        Check("a take that is cancelled loses nothing") { fixture in
            let layer = try await fixture.process()
            let queue = fixture.queue("cancel")
            for round in 0..<10 {
                let take = Task { try await layer.receive(queue) }
                if round % 2 == 0 { await Task.yield() } else { try await Task.sleep(for: .milliseconds(5)) }
                take.cancel()
                let sent = Task { try await layer.send(Probe(number: round), to: queue) }
                _ = try await sent.value
                let taken: LayerEvent
                do { taken = try await take.value } catch is CancellationError {
                    taken = try await layer.receive(queue)
                }
                let number = taken.value(as: Probe.self)?.number
                try expect(number == round, "\(String(describing: number)) came instead of \(round)")
            }
        },
        Check("a shut-down layer ends its takers and takes nothing more") { fixture in
            let layer = try await fixture.process()
            let queue = fixture.queue("shutdown")
            let take = Task { try await layer.receive(queue) }
            try await Task.sleep(for: .milliseconds(20))
            await layer.shutdown()
            try await expectRefusal(.closed, "a waiting take") { _ = try await take.value }
            try await expectRefusal(.closed, "a later take") { _ = try await layer.receive(queue) }
        },
    ]
}
