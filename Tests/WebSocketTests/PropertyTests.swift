// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceTesting
import SluiceWebSocket
import Testing

@Suite("Properties")
struct PropertyTests {
    /// A random valid stream for a decoder of that role and what it says.
    static func stream(_ random: inout SeededGenerator, role: WebSocketRole) -> (
        bytes: [UInt8], events: [WebSocketEvent]
    ) {
        var bytes: [UInt8] = []
        var events: [WebSocketEvent] = []
        func frame(_ opcode: UInt8, _ payload: [UInt8], fin: Bool = true) {
            bytes += Wire.frame(opcode, payload, fin: fin, mask: role == .server ? random.bytes(4) : nil)
        }
        func control() {
            let payload = random.bytes(Int.random(in: 0...125, using: &random))
            let isPing = Bool.random(using: &random)
            frame(isPing ? 0x9 : 0xA, payload)
            events.append(isPing ? .ping(ByteBuffer(bytes: payload)) : .pong(ByteBuffer(bytes: payload)))
        }
        let alphabet = Array("ab cdefgh é聊👍")
        let sizes = [0, 1, 5, 40, 125, 126, 300, 3000, 66000]
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            if Int.random(in: 0..<4, using: &random) == 0 { control() }
            let isText = Bool.random(using: &random)
            let size = sizes[Int.random(in: 0..<(Int.random(in: 0..<8, using: &random) == 0 ? 9 : 7), using: &random)]
            let payload =
                isText
                ? Array(String((0..<size / 2).map { _ in alphabet[Int.random(in: 0..<12, using: &random)] }).utf8)
                : random.bytes(size)
            let cuts = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                Int.random(in: 0...payload.count, using: &random)
            }
            let fragments = payload.cut(at: cuts)
            for (index, fragment) in fragments.enumerated() {
                frame(index == 0 ? (isText ? 1 : 2) : 0, fragment, fin: index == fragments.count - 1)
                if index < fragments.count - 1, Bool.random(using: &random) { control() }
            }
            let buffer = ByteBuffer(bytes: payload)
            events.append(isText ? .text(buffer) : .binary(buffer))
        }
        if Bool.random(using: &random) {
            frame(0x8, [0x03, 0xE9] + Array("再见".utf8))
            events.append(.close(.goingAway, reason: "再见"))
        }
        return (bytes, events)
    }

    @Test(
        "RFC 6455 §5: a valid stream gives the same events however it is cut into reads",
        arguments: 0..<200 as Range<UInt64>)
    func cuts(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for role in [WebSocketRole.server, .client] {
            let (bytes, events) = Self.stream(&random, role: role)
            let expected = Outcome(events: events)
            #expect(Outcome.of([bytes], role: role) == expected)
            for _ in 0..<20 {
                let count = Int.random(in: 1...12, using: &random)
                let cuts = (0..<count).map { _ in Int.random(in: 0..<bytes.count, using: &random) }
                #expect(Outcome.of(bytes.cut(at: cuts), role: role) == expected, "cut at \(cuts)")
            }
            if bytes.count < 2000 { #expect(Outcome.of(bytes.bytewise, role: role) == expected) }
        }
    }

    @Test("RFC 6455 §7.1.7: a damaged stream ends the same way however it is cut", arguments: 0..<200 as Range<UInt64>)
    func damaged(seed: UInt64) {
        var random = SeededGenerator(seed: seed &+ 1_000_000)
        let configuration = WebSocketDecoder.Configuration(maxFrameSize: 5000, maxMessageSize: 6000, maxFragments: 3)
        for role in [WebSocketRole.server, .client] {
            var bytes = Self.stream(&random, role: role).bytes
            for _ in 0..<3 { bytes[Int.random(in: bytes.indices, using: &random)] ^= random.bytes(1)[0] }
            let whole = Outcome.of([bytes], role: role, configuration: configuration)
            for _ in 0..<20 {
                let cuts = (0..<6).map { _ in Int.random(in: 0..<bytes.count, using: &random) }
                let outcome = Outcome.of(bytes.cut(at: cuts), role: role, configuration: configuration)
                #expect(outcome == whole, "cut at \(cuts)")
            }
        }
    }

    @Test("Events may be asked for at any time, and as few at a time as one likes", arguments: 0..<200 as Range<UInt64>)
    func anyPace(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &+ 2_000_000)
        for role in [WebSocketRole.server, .client] {
            let (bytes, events) = Self.stream(&random, role: role)
            let cuts = (0..<30).map { _ in Int.random(in: 0..<bytes.count, using: &random) }
            var decoder = WebSocketDecoder(role: role)
            var outcome = Outcome()
            for part in bytes.cut(at: cuts) {
                decoder.feed(ByteBuffer(bytes: part))
                for _ in 0..<Int.random(in: 0...2, using: &random) {
                    if let event = try decoder.next() { outcome.events.append(event) }
                }
            }
            outcome.drain(&decoder)
            #expect(outcome == Outcome(events: events), "cut at \(cuts)")
        }
    }

    @Test(
        "Random bytes never crash: they end in events, a typed error or a wait for more",
        arguments: 0..<40 as Range<UInt64>)
    func randomBytes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<250 {
            let role: WebSocketRole = round % 2 == 0 ? .server : .client
            let configuration = WebSocketDecoder.Configuration(
                maxFrameSize: round % 3 == 0 ? 0 : 10_000, maxMessageSize: round % 5 == 0 ? 0 : 10_000)
            var bytes = random.bytes(Int.random(in: 1...400, using: &random))
            // Mostly a plausible start, so that more than the first check is reached.
            if round % 4 != 0 {
                bytes[0] = [0x01, 0x02, 0x81, 0x82, 0x88, 0x89, 0xC1][Int.random(in: 0..<7, using: &random)]
                if bytes.count > 1 { bytes[1] = (bytes[1] & 0x7F) | (role == .server ? 0x80 : 0) }
            }
            let cuts = (0..<4).map { _ in Int.random(in: 0..<bytes.count, using: &random) }
            var decoder = WebSocketDecoder(role: role, configuration: configuration)
            var outcome = Outcome()
            for part in bytes.cut(at: cuts) {
                decoder.feed(ByteBuffer(bytes: part))
                outcome.drain(&decoder)
            }
            let isFinished = decoder.isFinished
            #expect(outcome.error == nil || isFinished)
            #expect(outcome.events.count <= bytes.count / 2)
            // What remains asks for more bytes or for nothing; it never repeats itself.
            #expect(try decoder.next() == nil)
        }
    }

    @Test("RFC 6455 §5: what one role encodes the other decodes", arguments: 0..<100 as Range<UInt64>)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for role in [WebSocketRole.server, .client] {
            let events = Self.stream(&random, role: role).events
            let encoder = FrameEncoder(role: role)
            var out = ByteBuffer()
            var parts: [[UInt8]] = []
            for event in events {
                switch event {
                case .text(let payload): encoder.writeText(String(buffer: payload), into: &out)
                case .ping(let payload): encoder.writePing(payload, into: &out)
                case .pong(let payload): encoder.writePong(payload, into: &out)
                case .close(let code, let reason): encoder.writeClose(code, reason: reason, into: &out)
                case .binary(let payload):
                    if let rest = encoder.gather(.binary, payload, into: &out) {
                        parts.append(Array(out.readableBytesView))
                        out = rest
                    }
                }
            }
            parts.append(Array(out.readableBytesView))
            #expect(Outcome.of(parts, role: role == .server ? .client : .server) == Outcome(events: events))
        }
    }
}
