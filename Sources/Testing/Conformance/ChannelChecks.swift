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
        Check("what is taken under a lease and not settled comes again; then it is too late to settle it") { fixture in
            let layers = [try await fixture.process(), try await fixture.process()]
            let other = layers[layers[0].capabilities.crossProcess ? 1 : 0]
            let queue = fixture.queue("lease")
            try await layers[0].send(Probe(number: 1), to: queue)
            let first = try await layers[0].take(from: queue, lease: .milliseconds(150))
            let again = try await other.take(from: queue, lease: .seconds(60))
            try expect(
                first.attempt == 1 && again.attempt == 2 && again.event.value(as: Probe.self)?.number == 1,
                "taken as \(first) and as \(again)")
            try expect(try await !layers[0].settle(first, of: queue, as: .done), "settled when the lease was over")
            try expect(try await other.settle(again, of: queue, as: .done), "not settled within the lease")
            try expect(try await !other.settle(again, of: queue, as: .done), "settled twice")
        },
        Check("a retry comes after its delay, and not while a lease is renewed") { fixture in
            let layer = try await fixture.process()
            let queue = fixture.queue("retry")
            try await layer.send(Probe(number: 1), to: queue)
            let first = try await layer.take(from: queue, lease: .milliseconds(100))
            let start = ContinuousClock.now
            try expect(
                try await layer.settle(first, of: queue, as: .retry(after: .milliseconds(400))), "the lease was over")
            let again = try await layer.take(from: queue, lease: .seconds(60))
            let pause = ContinuousClock.now - start
            try expect(again.attempt == 2 && pause > .milliseconds(390), "attempt \(again.attempt) after \(pause)")
            try expect(try await layer.settle(again, of: queue, as: .done), "not settled within the lease")
        },
        Check("what is done or set aside does not come again, and what failed keeps its place before new ones") {
            fixture in
            let layer = try await fixture.process()
            let queue = fixture.queue("aside")
            for number in 1...3 { try await layer.send(Probe(number: number), to: queue) }
            for outcome in [QueueOutcome.done, .setAside, .retry(after: .zero)] {
                let taken = try await layer.take(from: queue, lease: .seconds(60))
                try expect(try await layer.settle(taken, of: queue, as: outcome), "not settled as \(outcome)")
            }
            try await layer.send(Probe(number: 4), to: queue)
            for number in 3...4 {
                let taken = try await layer.take(from: queue, lease: .seconds(60))
                let found = taken.event.value(as: Probe.self)?.number
                try expect(found == number, "\(String(describing: found)) was taken instead of \(number)")
                try expect(try await layer.settle(taken, of: queue, as: .done), "not settled")
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
