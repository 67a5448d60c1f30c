// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers

extension ChannelLayerConformance {
    static let history = [
        Check("events have places that count up, and a reader gets what it missed") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            guard one.capabilities.history else { return }
            let group = fixture.group("places")
            let start = try await one.history(group, since: nil, limit: 100).position
            for number in 0..<10 {
                let receipt = try await one.groupSend(group, Probe(number: number))
                let offset = receipt.position.map { Int($0.offset) - Int(start.offset) }
                try expect(offset == number + 1, "event \(number) has the place \(String(describing: offset))")
            }
            let page = try await other.history(group, since: start, limit: 100)
            let numbers = page.events.compactMap { $0.value(as: Probe.self)?.number }
            try expect(page.isComplete && numbers == Array(0..<10), "the page has \(numbers)")
            try expect(page.position.offset == start.offset + 10, "the page ends at \(page.position)")
            let rest = try await other.history(group, since: page.events[6].position, limit: 100)
            try expect(rest.events.count == 3 && rest.isComplete, "after seven, \(rest.events.count) are left")
            let none = try await other.history(group, since: page.position, limit: 100)
            try expect(none.events.isEmpty && none.isComplete, "at the end something is left")
        },
        Check("a position that the history does not reach is refused") { fixture in
            let layer = try await fixture.process()
            guard case .atLeastOnce(let size, _) = layer.capabilities.delivery else { return }
            let group = fixture.group("refused")
            let start = try await layer.history(group, since: nil, limit: 100).position
            for number in 0...size { try await layer.groupSend(group, Probe(number: number)) }
            let old = try await layer.history(group, since: start, limit: size + 10)
            try expect(!old.isComplete && old.events.isEmpty, "a page that cannot be complete says it is")
            let foreign = Position(epoch: "ffffffffffffffff", offset: 1)
            let other = try await layer.history(group, since: foreign, limit: 100)
            try expect(!other.isComplete, "another epoch is no error")
            let ahead = Position(epoch: old.position.epoch, offset: old.position.offset + 1)
            try expect(
                try await !layer.history(group, since: ahead, limit: 100).isComplete, "a place that is not there yet")
            let short = try await layer.history(
                group, since: Position(epoch: old.position.epoch, offset: old.position.offset - 5), limit: 4)
            try expect(!short.isComplete, "a page over its limit says it is complete")
        },
        Check("who comes back while others send gets everything once, in order") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            guard case .atLeastOnce(let size, _) = one.capabilities.delivery, size >= 100 else { return }
            let group = fixture.group("resume")
            let start = try await one.history(group, since: nil, limit: 100).position
            for round in 0..<4 {
                let base = round * 100
                let sending = Task {
                    for number in base..<(base + 100) { try await one.groupSend(group, Probe(number: number)) }
                }
                try await eventually("some are sent") {
                    try await one.history(group, since: nil, limit: 1).position.offset
                        > start.offset + UInt64(base + 10)
                }
                let since = Position(epoch: start.epoch, offset: start.offset + UInt64(base))
                let inbox = try other.open(
                    prefix: "specific", budget: InboxBudget(), policy: .disconnect, outbox: nil)
                let page = try await other.groupAdd(group, inbox.name, since: since)
                try expect(page.isComplete, "the page is not complete")
                var numbers = page.events.compactMap { $0.value(as: Probe.self)?.number }
                try await sending.value
                numbers += try await inbox.numbers(100 - numbers.count, "who came back after \(numbers.count)")
                try expect(numbers == Array(base..<(base + 100)), "who came back got \(numbers)")
                other.close(inbox)
            }
        },
        Check("of two events with one idempotency key the second is not sent") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            guard one.capabilities.history else { return }
            let group = fixture.group("key")
            let member = try await fixture.member(of: group, in: other)
            let first = try await one.groupSend(group, Probe(number: 1), idempotencyKey: "k")
            let second = try await other.groupSend(group, Probe(number: 2), idempotencyKey: "k")
            try await one.groupSend(group, Probe(number: 3), idempotencyKey: "l")
            try expect(
                !first.isDuplicate && second.isDuplicate && second.position == first.position,
                "the receipts tell \(first) and \(second)")
            let numbers = try await member.numbers(2, "a member")
            try expect(numbers == [1, 3], "a member got \(numbers)")
        },
        Check("a layer without a history says so") { fixture in
            let layer = try await fixture.process()
            guard !layer.capabilities.history else { return }
            try await expectRefusal(.unsupported, "a history") {
                _ = try await layer.history("g", since: nil, limit: 1)
            }
        },
    ]
}
