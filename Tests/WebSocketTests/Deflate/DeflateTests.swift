// SPDX-License-Identifier: Apache-2.0

import CZlib
import NIOCore
import SluiceTesting
import SluiceWebSocket
import Testing

@Suite("permessage-deflate: sending")
struct DeflateTests {
    /// Messages as applications send them: alike, not alike, long and short.
    static func messages(_ random: inout SeededGenerator, count: Int) -> [[UInt8]] {
        (0..<count).map { index in
            let size = [1, 10, 300, 5_000, 70_000][Int.random(in: 0..<5, using: &random)]
            switch index % 3 {
            case 0: return random.bytes(size)
            case 1: return (0..<size).map { UInt8(truncatingIfNeeded: $0 / 7) }
            default: return Array(#"{"user":"\#(index)","text":"hello hello"}"#.utf8)
            }
        }
    }

    @Test(
        "RFC 7692 §7.2: what one end compresses the other decompresses, with every window and with or without contexts",
        arguments: 8...15, [true, false])
    func roundTrip(windowBits: Int, takeover: Bool) throws {
        var random = SeededGenerator(seed: UInt64(windowBits))
        let parameters = DeflateParameters(
            serverNoContextTakeover: !takeover, clientNoContextTakeover: !takeover, serverMaxWindowBits: windowBits,
            clientMaxWindowBits: windowBits)
        for role in [WebSocketRole.server, .client] {
            let sender = PerMessageDeflate.test(role, parameters)
            let encoder = FrameEncoder(role: role)
            let messages = Self.messages(&random, count: 12)
            var out = ByteBuffer()
            for message in messages {
                let message = ByteBuffer(bytes: message)
                if let payload = sender.compress(message) {
                    encoder.writeFrame(.binary, payload, reserved: .rsv1, into: &out)
                } else {
                    encoder.writeBinary(message, into: &out)
                }
            }
            let peer: WebSocketRole = role == .server ? .client : .server
            let outcome = Outcome.of(
                Array(out.readableBytesView).cut(at: [1, 100, 5_000, 60_000]), role: peer,
                deflate: .test(peer, parameters))
            #expect(outcome == Outcome(events: messages.map { .binary(ByteBuffer(bytes: $0)) }))
        }
    }

    @Test("RFC 7692 §7.1.2.1: for a window of 256 bytes nothing is farther back than it holds")
    func smallestWindow() throws {
        // zlib cannot compress for it, and its next window is twice as large: the proof that it refers back by less.
        var random = SeededGenerator(seed: 8)
        let deflate = PerMessageDeflate.test(.server, .init(serverMaxWindowBits: 8), configuration: .init(level: 9))
        var stream = z_stream()
        #expect(czlib_inflate_init(&stream, 8) == Z_OK)
        defer { inflateEnd(&stream) }
        for distance in 200...300 {
            let pattern = random.bytes(distance)
            let message = pattern + pattern + pattern
            var payload = Array(try #require(deflate.compress(ByteBuffer(bytes: message))).readableBytesView)
            payload += [0x00, 0x00, 0xFF, 0xFF]
            var decompressed: [UInt8] = []
            // One byte at a time, so that all history is in the window and none in the output.
            payload.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                var byte: UInt8 = 0
                var result = Z_OK
                while result == Z_OK {
                    result = withUnsafeMutablePointer(to: &byte) { pointer in
                        stream.next_out = pointer
                        stream.avail_out = 1
                        return inflate(&stream, Z_SYNC_FLUSH)
                    }
                    if stream.avail_out == 0 { decompressed.append(byte) }
                }
                #expect(result == Z_BUF_ERROR && stream.avail_in == 0)
            }
            #expect(decompressed == message, "distance \(distance)")
        }
    }

    @Test("A message that would not become smaller is sent as it is, where no context is kept")
    func incompressible() throws {
        var random = SeededGenerator(seed: 1)
        let noise = ByteBuffer(bytes: random.bytes(10_000))
        let forgetful = PerMessageDeflate.test(.server, .forgetful)
        #expect(forgetful.compress(noise) == nil && forgetful.compress("") == nil && forgetful.compress("a") == nil)
        // What was given up leaves nothing behind.
        let text = String(repeating: "again and again ", count: 20)
        let payload = try #require(forgetful.compress(text))
        #expect(payload.readableBytes < 50)
        #expect(try #require(forgetful.compress(text)) == payload)
        // A kept context has the noise in it, so it must go out.
        let keeping = PerMessageDeflate.test(.server)
        #expect(try #require(keeping.compress(noise)).readableBytes > 10_000)
        #expect(try #require(keeping.compress(noise)).readableBytes < 1_000)
    }

    @Test("RFC 7692 §7.2.1: contexts make alike messages smaller, where both ends keep them")
    func contexts() throws {
        let text = #"{"user":"somebody","text":"hello","room":"聊天"}"#
        let keeping = PerMessageDeflate.test(.server)
        let first = try #require(keeping.compress(text)).readableBytes
        let second = try #require(keeping.compress(text)).readableBytes
        #expect(second < first / 3)
    }

    @Test("The threshold is the least size that is worth it")
    func threshold() {
        let deflate = PerMessageDeflate.test(configuration: .init())
        #expect(!deflate.isWorthwhile(255) && deflate.isWorthwhile(256))
    }

    @Test("One compressed frame serves all connections of a window, and contexts that are kept stay right")
    func shared() throws {
        let contexts = DeflateContexts(configuration: .init(threshold: 0))
        let text = String(repeating: "breaking news ", count: 50)
        for takeover in [true, false] {
            let parameters = DeflateParameters(serverNoContextTakeover: !takeover, serverMaxWindowBits: 12)
            let senders = (0..<2).map { _ in
                PerMessageDeflate(role: .server, parameters: parameters, contexts: contexts)
            }
            #expect(senders[0].sharedWindowBits == 12)
            let frame = senders[0].frame(text: text)
            #expect(frame.readableBytes < 100)
            for sender in senders {
                var out = ByteBuffer()
                let encoder = FrameEncoder(role: .server)
                func own(_ text: String) throws {
                    encoder.writeFrame(.text, try #require(sender.compress(text)), reserved: .rsv1, into: &out)
                }
                try own("my own words, my own words")
                out.writeImmutableBuffer(frame)
                sender.sharedFrameSent()
                try own("my own words, my own words")
                try own("breaking news and breaking news")
                let outcome = Outcome.of(
                    [Array(out.readableBytesView)], role: .client, deflate: .test(.client, parameters))
                let texts =
                    ["my own words, my own words", text, "my own words, my own words"]
                    + ["breaking news and breaking news"]
                #expect(outcome == Outcome(events: texts.map { .text(ByteBuffer(string: $0)) }))
            }
        }
    }

    @Test("A shared frame of what does not become smaller is a plain one")
    func sharedPlain() {
        var random = SeededGenerator(seed: 3)
        let noise = random.bytes(500)
        let frame = PerMessageDeflate.test(.server, .forgetful).frame(binary: ByteBuffer(bytes: noise))
        #expect(Array(frame.readableBytesView) == Wire.frame(2, noise, mask: nil))
    }
}
