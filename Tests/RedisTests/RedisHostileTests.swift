// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceChannelLayers
import SluiceRedis
import SluiceTesting
import Testing

import class TestProcesses.RedisServer

@Suite(
    "What anybody may publish in Redis ends nothing and grows nothing",
    .enabled(if: RedisServer.isInstalled, RedisServer.reason), .timeLimit(.minutes(3)))
struct RedisHostileTests {
    /// Runs a test with a layer on a server of its own.
    private func withLayer(
        _ settings: String = "", _ body: (RedisServer, BrokeredChannelLayer) async throws -> Void
    ) async throws {
        let server = try await RedisServer()
        do {
            let layer = try layer(server.url + settings)
            try await layer.isUp()
            try await body(server, layer)
            await layer.shutdown()
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test(
        "frames that are no events, too large, too deep or of too many values are counted, and the next one arrives",
        arguments: [
            ("undecodable", [UInt8]()), ("undecodable", [0xC1]),
            ("undecodable", [UInt8](repeating: 0x91, count: 100_000)),
            ("undecodable", [0xDF, 0xFF, 0xFF, 0xFF, 0xFF]), ("undecodable", [0x81, 0xA1, 0x61, 0x01]),
            ("undecodable", [0x93, 0x01, 0x02, 0x03]), ("undecodable", [0xC7, 0x01, 0x05, 0x00]),
            (
                "undecodable",
                [0x82, 0xA4, 0x74, 0x79, 0x70, 0x65, 0xA1, 0x78, 0xA1, 0x61, 0xDD, 0x00, 0x20, 0x00, 0x00]
                    + [UInt8](repeating: 0xC0, count: 2 << 20)
            ),
            ("too_large", [UInt8](repeating: 0, count: 5 << 20)),
        ])
    func frames(reason: String, bytes: [UInt8]) async throws {
        try await withLayer { server, layer in
            let member = try await layer.member(of: "g")
            try server.publish("asgi__group__g", bytes)
            try server.publish("specific." + process(of: member) + "!x", bytes)
            try server.publish(member.name.rawValue, bytes)
            try await layer.groupSend("g", Numbered(number: 1))
            #expect(try await member.receive { $0.numbers == [1] }.gaps.isEmpty)
            #expect(layer.statistics.dropped == [reason: 3] && layer.health == .up)
        }
    }

    @Test("with a history: events at places that it does not have are passed over, and it is not read for ever")
    func forgedPlaces() async throws {
        try await withLayer("?history=100,60") { server, layer in
            let member = try await layer.member(of: "g")
            let position = try #require(try await layer.groupSend("g", Numbered(number: 1)).position)
            let forged = [
                Position(epoch: position.epoch, offset: 999), Position(epoch: position.epoch, offset: .max),
                Position(epoch: "ffffffffffffffff", offset: 1), Position(epoch: "", offset: 2),
                // As if the event had been there before.
                Position(epoch: position.epoch, offset: 0),
            ]
            let reads = try server.calls(of: "hget")
            for place in forged { try server.publish("asgi__group__g", try frame(Numbered(number: 666), place)) }
            for number in 2...20 { try await layer.groupSend("g", Numbered(number: number)) }
            let received = try await member.receive { $0.numbers.last == 20 }
            #expect(received.numbers == Array(1...20) && received.gaps.isEmpty)
            #expect(layer.statistics.dropped == ["out_of_place": 4])
            // Each publish reads one field; what was forged, two for each reading of the history, of which there are three.
            #expect(try server.calls(of: "hget") - reads < 19 + forged.count * 8)
        }
    }

    private func frame(_ event: Numbered, _ place: Position) throws -> [UInt8] {
        var frame = try EventFrame.write(LayerEvent(event), open: true)
        frame.writeBytes([0xA1, 0x6F, 0xCF])
        frame.writeInteger(place.offset)
        frame.writeBytes([0xA1, 0x65, 0xA0 | UInt8(place.epoch.utf8.count)])
        frame.writeString(place.epoch)
        return Array(frame.readableBytesView)
    }

    private func process(of inbox: Inbox) -> String {
        String(inbox.name.rawValue.dropFirst("specific.".count).prefix(32))
    }

    @Test("names as long as they may be, of any characters, in either mode", arguments: ["", "?history=10,60"])
    func names(settings: String) async throws {
        try await withLayer(settings) { server, one in
            let other = try layer(server.url + settings)
            let base = "a\n\0*?[]\\{聊天} \r\n$5\r\n"
            let names = [base, String(repeating: "x", count: 1_024), base + String(repeating: "*", count: 900)]
            for (number, name) in names.enumerated() {
                let member = try await other.member(of: GroupName(rawValue: name))
                try await one.groupSend(GroupName(rawValue: name), Numbered(number: number))
                #expect(try await member.receive { !$0.numbers.isEmpty }.numbers == [number])
                try await other.track(GroupName(rawValue: name), member.name, key: base)
                try await eventually("it is known") {
                    try await one.presence(GroupName(rawValue: name)).map(\.key) == [base]
                }
            }
            let queue = ChannelName(rawValue: String(repeating: "q", count: 99))
            try await one.send(Numbered(number: 9), to: queue)
            #expect(try await other.receive(queue).value(as: Numbered.self)?.number == 9)
            await other.shutdown()
        }
    }

    @Test("a presence of more than can be told is refused, and the connection stays")
    func hugePresence() async throws {
        try await withLayer { server, layer in
            let member = try await layer.member(of: "g")
            try await layer.track("g", member.name, key: "anna")
            #expect(try await layer.presence("g").count == 1)
            let script = "for i = 1, 100001 do redis.call('HSET', KEYS[1], 'ab:' .. i, 'x') end"
            try server.command("EVAL", script, "1", "asgi__board__g")
            let clients = try server.command("CLIENT", "LIST").split(separator: "\n").count
            #expect(await refusal { try await layer.presence("g") }?.code == .messageTooLarge)
            #expect(try server.command("CLIENT", "LIST").split(separator: "\n").count == clients && layer.health == .up)
        }
    }
}
