// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import SluiceChannelLayers

private struct Everything: SluiceChannelLayers.ChannelEvent {
    static let type = "test.everything"
    var text = "12345"
    var number = 1
    var small: UInt8 = 1
    var flag = true
    var ratio = 0.5
    var nothing: String?
    var something: String? = "x"
    var octets: [UInt8] = [1, 2, 3]
    var buffer = ByteBuffer(bytes: [1, 2, 3, 4])
    var list = ["a", "bc"]
    var nested = Inner()

    struct Inner: Codable {
        var a = 1
        var b = [[1], [2, 3]]
    }
}

/// An event that refuses to be encoded, in the middle.
private struct Refusing: SluiceChannelLayers.ChannelEvent {
    struct Refusal: Error {}
    static let type = "test.refusing"
    init() {}
    init(from decoder: any Decoder) throws {}
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("12345")
        throw Refusal()
    }
}

@Suite("EventSize: what an event counts for in a budget")
struct EventSizeTests {
    @Test("texts and bytes count in full with their keys, numbers 8 bytes")
    func measured() {
        #expect(EventSize.measure(Text(text: "")) == 16 + 5 + 2)
        #expect(EventSize.measure(Text(text: "聊天")) == 16 + 5 + 2 + 6)
        #expect(EventSize.measure(Numbered(number: 1)) == 16 + (7 + 8) + (7 + 8))
    }

    @Test("every kind of value is counted, nested ones too")
    func everything() {
        let expected =
            16 + (5 + 7) + (7 + 8) + (6 + 1) + (5 + 1) + (6 + 8) + 0 + (10 + 3) + (7 + 7) + (7 + 8) + (5 + 3 + 4)
            + (7 + (2 + 8) + (2 + 24))
        #expect(EventSize.measure(Everything()) == expected)
    }

    @Test("a megabyte is a megabyte, in whatever type it comes")
    func large() {
        let million = 1_000_000
        #expect(EventSize.measure(Text(text: String(repeating: "x", count: million))) == million + 23)
        #expect(EventSize.measure(Bytes(bytes: ByteBuffer(repeating: 1, count: million))) == million + 26)
    }

    @Test("an event that refuses to be encoded counts what was walked until then")
    func refusing() {
        #expect(EventSize.measure(Refusing()) == 16 + 7)
    }

    private struct Bytes: SluiceChannelLayers.ChannelEvent {
        static let type = "test.bytes"
        var bytes: ByteBuffer
    }
}
