// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Testing

import struct NIOCore.ByteBuffer

@testable import SluiceChannelLayers

/// Everything that survives.
private struct Rich: ChannelEvent, Equatable {
    static let type = "test.rich"
    var text = "聊天 \u{0} 🎉"
    var number = Int.min
    var fraction = -0.1
    var bytes = ByteBuffer(bytes: [0, 255])
    var list = [1, 2, 3]
    var table = ["b": 1, "a": 2]
    var set: Set<String> = ["x", "y", "z", "v", "w"]
    var infinite = Double.infinity
    var nothing: Int?
}

private struct Empty: ChannelEvent {
    static let type = "test.empty"
}

private struct Unencodable: ChannelEvent {
    static let type = "test.unencodable"
    init() {}
    init(from decoder: any Decoder) throws {}
    func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(1, .init(codingPath: [], debugDescription: "no"))
    }
}

private struct Bare: ChannelEvent {
    static let type = "test.bare"
    init() {}
    init(from decoder: any Decoder) throws {}
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("just a text")
    }
}

private struct Typed: ChannelEvent {
    static let type = "test.typed"
    var type = "mine"
}

/// Is encoded, but never decoded.
private struct OneWay: ChannelEvent {
    static let type = "test.one-way"
    init() {}
    enum CodingKeys: CodingKey { case number }
    init(from decoder: any Decoder) throws {
        _ = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .number)
    }
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(1, forKey: .number)
    }
}

/// Forgets its number on the way.
private struct Changing: ChannelEvent {
    static let type = "test.changing"
    var number = 1
    init() {}
    enum CodingKeys: CodingKey { case number }
    init(from decoder: any Decoder) throws { number = 2 }
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(number, forKey: .number)
    }
}

/// A field that is not on the wire.
private struct Leaving: ChannelEvent {
    static let type = "test.leaving"
    var number = 1
    var cache = "default"
    enum CodingKeys: CodingKey { case number }
}

@Suite("Events through their wire form, as a broker between processes would carry them")
struct WireCheckTests {
    private let layer = BrokeredChannelLayer(encodesEvents: true)

    @Test("What survives is delivered: to groups, to channels and to named queues")
    func survives() async throws {
        let inbox = try await layer.member(of: "g")
        try await layer.groupSend("g", Rich())
        try await layer.send(Empty(), to: inbox.name)
        try await layer.send(Rich(), to: "work")
        guard case .event(let rich) = inbox.poll(), case .event(let empty) = inbox.poll() else {
            Issue.record("no events")
            return
        }
        #expect(rich.value(as: Rich.self) == Rich() && empty.type == "test.empty")
        #expect(try await layer.receive("work").value(as: Rich.self) == Rich())
    }

    @Test("What members get is what came off the wire, not what was sent")
    func decoded() async throws {
        let inbox = try await layer.member(of: "g")
        try await layer.groupSend("g", Leaving(number: 5, cache: "lost"))
        guard case .event(let event) = inbox.poll() else {
            Issue.record("no event")
            return
        }
        #expect(event.value(as: Leaving.self)?.cache == "default" && event.value(as: Leaving.self)?.number == 5)
    }

    @Test(
        "What would not survive fails at the sender, and says why",
        arguments: [
            (LayerEvent(Unencodable()), "it cannot be encoded"),
            (LayerEvent(Bare()), "it is no object of named fields"),
            (LayerEvent(Typed()), "it has a field called 'type'"), (LayerEvent(OneWay()), "it cannot be decoded again"),
            (LayerEvent(Changing()), "it comes out as another one than it went in"),
        ])
    func refused(event: LayerEvent, reason: String) async throws {
        let inbox = try await layer.member(of: "g")
        for error in [
            await refusal { try await layer.groupSend("g", event, excluding: nil) },
            await refusal { try await layer.send(event, to: inbox.name) },
            await refusal { try await layer.send(event, to: "work") },
        ] {
            #expect(error?.code == .notEncodable)
            #expect(error?.description.contains("'\(event.type)' would not survive a broker: \(reason)") == true)
        }
        #expect(contents(inbox) == "")
    }

    @Test("Broadcasts keep text, bytes and key")
    func broadcasts() async throws {
        let inbox = try await layer.member(of: "g")
        try await layer.groupBroadcast("g", text: "hi", coalescingKey: "k")
        try await layer.groupBroadcast("g", bytes: ByteBuffer(bytes: [0, 255]))
        guard case .event(let text) = inbox.poll(), case .event(let bytes) = inbox.poll() else {
            Issue.record("no events")
            return
        }
        #expect(text.value(as: Broadcast.self)?.message == .text("hi") && text.coalescingKey == "k")
        #expect(bytes.value(as: Broadcast.self)?.message == .bytes(ByteBuffer(bytes: [0, 255])))
    }

    @Test("The layer of tests does it; the default layer does not, and carries every event as a value")
    func defaults() async throws {
        let testing = LifespanState.testing().channelLayer()
        #expect(await refusal { try await testing.groupSend("g", Typed()) }?.code == .notEncodable)
        #expect(try await BrokeredChannelLayer().groupSend("g", Typed()).accepted == 0)
    }
}
