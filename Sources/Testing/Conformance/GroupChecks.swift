// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceChannelLayers
import SluiceCore

extension ChannelLayerConformance {
    static let groups = [
        Check("all members in all processes get an event, the sender's own too") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let group = fixture.group("all")
            let members = [
                try await fixture.member(of: group, in: one), try await fixture.member(of: group, in: one),
                try await fixture.member(of: group, in: other),
            ]
            let receipt = try await one.groupSend(group, Probe(number: 1))
            try expect(receipt.accepted == 2, "the receipt tells \(receipt.accepted) members here, of 2")
            try expect(receipt.processes ?? 2 == 2, "the receipt tells \(receipt.processes ?? 0) processes, of 2")
            try await other.groupSend(group, Probe(number: 2))
            for member in members {
                let numbers = try await member.numbers(2, "a member")
                try expect(numbers == [1, 2], "a member got \(numbers)")
            }
        },
        Check("all members agree on the order, and each sender's own order is kept in it") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let group = fixture.group("order")
            let members = [
                try await fixture.member(of: group, in: one), try await fixture.member(of: group, in: other),
            ]
            try await withThrowingTaskGroup { tasks in
                for (sender, layer) in [one, other, one].enumerated() {
                    tasks.addTask {
                        for number in 0..<200 {
                            try await layer.groupSend(group, Probe(number: number, sender: sender))
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            var orders: [[Probe]] = []
            for member in members {
                var order: [Probe] = []
                while order.count < 600 { order.append(try await member.probe("a member after \(order.count)")) }
                orders.append(order)
            }
            for sender in 0..<3 {
                let own = orders[0].filter { $0.sender == sender }.map(\.number)
                try expect(own == Array(0..<200), "the events of sender \(sender) came in another order: \(own)")
            }
            guard one.capabilities.order == .totalPerGroup else { return }
            try expect(orders[0] == orders[1], "two members got the events in different orders")
        },
        Check("an excluded member gets nothing, wherever it is") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let group = fixture.group("excluded")
            let (here, there) = (
                try await fixture.member(of: group, in: one), try await fixture.member(of: group, in: other)
            )
            try await one.groupSend(group, Probe(number: 1), excluding: here.name)
            try await one.groupSend(group, Probe(number: 2), excluding: there.name)
            try await one.groupSend(group, Probe(number: 3))
            let numbers = (try await here.numbers(2, "the sender"), try await there.numbers(2, "the other"))
            try expect(numbers == ([2, 3], [1, 3]), "they got \(numbers)")
        },
        Check("who has left gets nothing more; who joins later gets what is sent then") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let group = fixture.group("leave")
            let (leaver, stayer) = (
                try await fixture.member(of: group, in: other), try await fixture.member(of: group, in: other)
            )
            try await one.groupSend(group, Probe(number: 1))
            _ = (try await leaver.probe("who leaves"), try await stayer.probe("who stays"))
            try await other.groupDiscard(group, leaver.name)
            try await other.groupDiscard(group, leaver.name)
            try await one.groupSend(group, Probe(number: 2))
            _ = try await stayer.probe("who stays")
            try await other.groupAdd(group, leaver.name)
            try await other.groupAdd(group, leaver.name)
            try await one.groupSend(group, Probe(number: 3))
            let numbers = try await leaver.numbers(1, "who came back")
            try expect(numbers == [3] && leaver.poll() == nil, "who came back got \(numbers)")
        },
        Check("any Unicode text is a group, and what looks alike is another one") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let names = ["聊天", "a b", "a%20b", "a_b", "É", "é", String(repeating: "x", count: 900), "*", "a:b!c"]
            var members: [Inbox] = []
            for name in names { members.append(try await fixture.member(of: fixture.group(name), in: other)) }
            for (number, name) in names.enumerated() {
                try await one.groupSend(fixture.group(name), Probe(number: number))
            }
            for (number, member) in members.enumerated() {
                let found = try await member.numbers(1, names[number])
                try expect(found == [number] && member.poll() == nil, "'\(names[number])' got \(found)")
            }
        },
        Check("every kind of value survives, and so do texts and octets of broadcasts") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let group = fixture.group("values")
            let member = try await fixture.member(of: group, in: other)
            try await one.groupSend(group, RichProbe())
            try await one.groupBroadcast(group, text: "聊天")
            try await one.groupBroadcast(group, bytes: ByteBuffer(bytes: [0, 255]))
            let rich = try await member.event("a rich event").value(as: RichProbe.self)
            try expect(rich == RichProbe(), "what came is \(String(describing: rich))")
            let text = try await member.event("a text").value(as: Broadcast.self)?.message
            let bytes = try await member.event("octets").value(as: Broadcast.self)?.message
            try expect(text == .text("聊天") && bytes == .bytes(ByteBuffer(bytes: [0, 255])), "broadcasts differ")
        },
        Check("an event of 1 MiB is carried, one over the limit refused, a group without members no error") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let group = fixture.group("size")
            let member = try await fixture.member(of: group, in: other)
            let large = Probe(number: 1, text: String(repeating: "x", count: 1 << 20))
            try await one.groupSend(group, large)
            try expect(try await member.probe("a large event") == large, "a large event has changed")
            let limit = one.capabilities.maxEventBytes
            try await expectRefusal(.messageTooLarge, "too large") {
                try await one.groupSend(group, Probe(number: 2, text: String(repeating: "x", count: limit)))
            }
            let nobody = try await one.groupSend(fixture.group("nobody"), Probe(number: 3))
            try expect(nobody.accepted == 0 && nobody.isComplete, "a group of nobody took something")
        },
        Check("what is posted without waiting arrives, in order") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let group = fixture.group("posted")
            let member = try await fixture.member(of: group, in: other)
            for number in 0..<100 { try one.publish(group, Probe(number: number)) }
            let numbers = try await member.numbers(100, "a member")
            try expect(numbers == Array(0..<100), "the posts came as \(numbers)")
        },
        Check("an event for a user, and a kick, reach all the user's channels in all processes, and nobody else's") {
            fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let (anna, ben) = (fixture.group("anna").rawValue, fixture.group("ben").rawValue)
            let annas = [
                try await fixture.member(of: .user(anna), in: one),
                try await fixture.member(of: .user(anna), in: other),
            ]
            let stranger = try await fixture.member(of: .user(ben), in: other)
            try await one.send(Probe(number: 1), toUser: anna)
            try await other.kick(user: anna, code: 4_001, reason: "out")
            for channel in annas {
                let number = try await channel.probe("a user's channel").number
                try expect(number == 1, "\(number) came to a user")
                let kick = try await channel.event("a user's channel").decoded(as: Kick.self)
                try expect(kick?.code == 4_001 && kick?.reason == "out", "told of \(String(describing: kick))")
            }
            try await one.send(Probe(number: 2), toUser: ben)
            let number = try await stranger.probe("another user's channel").number
            try expect(number == 2, "\(number) came to another user")
        },
    ]
}
