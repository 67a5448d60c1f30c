// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceTesting
import SluiceWebSocket
import Testing

@Suite("permessage-deflate: receiving")
struct InflateTests {
    let hello: WebSocketEvent = .text(ByteBuffer(string: "Hello"))

    func outcome(
        _ parts: [[UInt8]], _ parameters: DeflateParameters = .init(), limit: Int = 1 << 20
    ) -> Outcome {
        Outcome.of(
            parts, configuration: .init(maxFrameSize: 0, maxMessageSize: limit), deflate: .test(.server, parameters))
    }

    func compressed(_ payload: [UInt8], opcode: UInt8 = 1) -> [UInt8] {
        Wire.frame(opcode, payload, reserved: 0x40)
    }

    @Test(
        "RFC 7692 §7.2.3: the samples of the RFC, whole and byte by byte",
        arguments: [
            [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00],  // §7.2.3.1: one block
            [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00],  // §7.2.3.3: not compressed
            [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00],  // §7.2.3.4: the final block
            [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00],  // §7.2.3.5: two blocks
        ] as [[UInt8]])
    func samples(payload: [UInt8]) {
        for parameters in [DeflateParameters(), .forgetful] {
            // Thrice, since what a message leaves behind must not harm the next.
            let frames =
                compressed(payload) + compressed(payload) + Wire.frame(1, Array("Hello".utf8)) + compressed(payload)
            for parts in [[frames], frames.bytewise] {
                #expect(outcome(parts, parameters) == Outcome(events: [hello, hello, hello, hello]))
            }
            for cut in 0...payload.count {
                let fragments =
                    Wire.frame(1, Array(payload[..<cut]), fin: false, reserved: 0x40) + Wire.frame(9)
                    + Wire.frame(0, Array(payload[cut...]))
                #expect(outcome([fragments], parameters) == Outcome(events: [.ping(ByteBuffer()), hello]))
            }
        }
    }

    @Test("RFC 7692 §7.2.3.2: a message refers to the one before, where contexts are kept")
    func takeover() {
        let frames =
            compressed([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]) + compressed([0xF2, 0x00, 0x11, 0x00, 0x00])
        #expect(outcome([frames]) == Outcome(events: [hello, hello]))
        #expect(outcome([frames], .forgetful).error?.code == .compression)
    }

    @Test("RFC 7692 §7.2.3.4: blocks behind a final one still refer to what was before it")
    func finalBlockKeepsContext() {
        // The second "Hello" of §7.2.3.2 behind a message that ended with a final block.
        let frames =
            compressed([0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]) + compressed([0xF2, 0x00, 0x11, 0x00, 0x00])
        #expect(outcome([frames]) == Outcome(events: [hello, hello]))
    }

    @Test("RFC 7692 §7.2.3.6: an empty message is one byte 0")
    func empty() {
        #expect(outcome([compressed([0x00])]) == Outcome(events: [.text(ByteBuffer())]))
    }

    @Test(
        "RFC 7692 §7.2.2: what is not DEFLATE data is a protocol error, 1002",
        arguments: [
            [], [0xFF], [0x07], [0x06, 0x00, 0x00], [0x01, 0x05, 0x00, 0x00, 0x00], [0x00, 0x05],
            [0xF2, 0x48, 0xCD], [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], [0x02, 0x00, 0x11, 0x00, 0x00],
            [0x04, 0x00, 0xFE, 0xFF], [0x78, 0x9C, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], [0x1F, 0x8B, 0x08, 0x00],
        ] as [[UInt8]])
    func broken(payload: [UInt8]) {
        for parts in [[compressed(payload)], compressed(payload).bytewise] {
            let outcome = outcome(parts)
            #expect(outcome.error?.code == .compression && outcome.error?.closeCode == .protocolError, "\(outcome)")
            #expect(outcome.events.isEmpty)
        }
    }

    @Test("RFC 6455 §8.1: text that is not UTF-8 is 1007, as soon as it is decompressed")
    func invalidText() {
        // Stored blocks, so that the bytes stand where they are: é, then a byte that can follow nothing.
        let payload: [UInt8] = [0x00, 0x04, 0x00, 0xFB, 0xFF, 0xC3, 0xA9, 0x41, 0xFF]
        #expect(outcome([compressed(payload + [0])]).error?.closeCode == .invalidPayload)
        // Of a message of 1,000 bytes only these have come.
        let head = Wire.header(1, length: [126, 0x03, 0xE8], reserved: 0x40, mask: [0, 0, 0, 0])
        #expect(outcome([head + payload]).error?.closeCode == .invalidPayload)
        // Cut within a scalar at the message's end; and as bytes it is no text.
        let half: [UInt8] = [0x00, 0x01, 0x00, 0xFE, 0xFF, 0xC3, 0x00]
        #expect(outcome([compressed(half)]).error?.closeCode == .invalidPayload)
        #expect(outcome([compressed(half, opcode: 2)]).events == [.binary(ByteBuffer(bytes: [0xC3]))])
    }

    /// A message of zeros in some thousandth of its size.
    func bomb(_ size: Int) throws -> [UInt8] {
        let deflate = PerMessageDeflate.test(
            .client, .forgetful, configuration: .init(clientMaxWindowBits: 15, level: 9, memoryLevel: 9))
        return Array(try #require(deflate.compress(ByteBuffer(repeating: 0, count: size))).readableBytesView)
    }

    @Test("A bomb is cut at the limit with 1009, and takes no more memory than the limit")
    func bombs() throws {
        let bomb = try bomb(64 << 20)
        #expect(bomb.count < 70_000)
        for opcode: UInt8 in [1, 2] {
            for parts in [[compressed(bomb, opcode: opcode)], compressed(bomb, opcode: opcode).cut(at: [100, 1_000])] {
                var decoder = WebSocketDecoder(
                    role: .server, configuration: .init(maxMessageSize: 100_000), deflate: .test())
                var outcome = Outcome()
                for part in parts {
                    decoder.feed(ByteBuffer(bytes: part))
                    outcome.drain(&decoder)
                }
                #expect(outcome.error?.code == .messageTooLarge && outcome.error?.closeCode == .messageTooBig)
                let isFinished = decoder.isFinished
                #expect(outcome.events.isEmpty && isFinished)
            }
        }
    }

    @Test("The limit is exact, whatever the message was compressed to", arguments: [0, 1, 100, 65_535, 100_000])
    func exactLimit(size: Int) throws {
        var random = SeededGenerator(seed: UInt64(size))
        for message in [[UInt8](repeating: 7, count: size), random.bytes(size)] where size > 0 {
            let deflate = PerMessageDeflate.test(.client)
            let payload = Array(try #require(deflate.compress(ByteBuffer(bytes: message))).readableBytesView)
            let frame = compressed(payload, opcode: 2)
            #expect(outcome([frame], limit: size).events == [.binary(ByteBuffer(bytes: message))])
            if size > 1 { #expect(outcome([frame], limit: size - 1).error?.code == .messageTooLarge) }
        }
    }

    @Test("Compressed bytes that say nothing are bounded too")
    func emptyBlocks() {
        // Empty stored blocks, 5 bytes each.
        let block: [UInt8] = [0x00, 0x00, 0x00, 0xFF, 0xFF]
        let fragments = (0..<100).map { index in
            Wire.frame(index == 0 ? 2 : 0, (0..<10).flatMap { _ in block }, fin: false, reserved: index == 0 ? 0x40 : 0)
        }
        #expect(outcome(fragments, limit: 1_000).error?.code == .messageTooLarge)
        #expect(outcome(fragments, limit: 10_000).error == nil)
    }

    @Test("A context is borrowed for a message, and given back")
    func borrowed() throws {
        let contexts = DeflateContexts(configuration: .init())
        let deflates = (0..<50).map { _ in
            PerMessageDeflate(role: .server, parameters: .forgetful, contexts: contexts)
        }
        let frame = compressed([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
        // All of them in the midst of a message at once, each in its own context.
        var outcomes: [Outcome] = []
        for deflate in deflates {
            outcomes.append(Outcome.of(frame.cut(at: [9]), deflate: deflate))
        }
        #expect(outcomes.allSatisfy { $0 == Outcome(events: [hello]) })
    }
}
