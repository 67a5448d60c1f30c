// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceWebSocket
import Testing

@Suite("Fragments and control frames")
struct FragmentTests {
    func text(_ text: String) -> WebSocketEvent { .text(ByteBuffer(string: text)) }
    func bytes(_ bytes: [UInt8]) -> ByteBuffer { ByteBuffer(bytes: bytes) }

    @Test("RFC 6455 §5.7: the samples of the RFC")
    func samples() {
        let hello: [UInt8] = [0x48, 0x65, 0x6C, 0x6C, 0x6F]
        #expect(Outcome.of([[0x81, 0x05] + hello], role: .client).events == [text("Hello")])
        #expect(
            Outcome.of([[0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]]).events == [text("Hello")])
        #expect(
            Outcome.of([[0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F]], role: .client).events
                == [text("Hello")])
        #expect(Outcome.of([[0x89, 0x05] + hello], role: .client).events == [.ping(bytes(hello))])
        #expect(
            Outcome.of([[0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]]).events
                == [.pong(bytes(hello))])
    }

    @Test("RFC 6455 §5.4: control frames between fragments come first, the message whole")
    func interleaved() {
        let stream =
            Wire.frame(0x1, Array("one ".utf8), fin: false) + Wire.frame(0x9, [1]) + Wire.frame(0x0, [], fin: false)
            + Wire.frame(0xA, [2]) + Wire.frame(0x9) + Wire.frame(0x0, Array("two".utf8)) + Wire.frame(0x2, [3])
        let expected: [WebSocketEvent] = [
            .ping(bytes([1])), .pong(bytes([2])), .ping(bytes([])), text("one two"), .binary(bytes([3])),
        ]
        #expect(Outcome.of([stream]) == Outcome(events: expected))
        #expect(Outcome.of(stream.bytewise) == Outcome(events: expected))
        for cut in 1..<stream.count {
            #expect(Outcome.of(stream.cut(at: [cut])) == Outcome(events: expected), "cut at \(cut)")
        }
    }

    @Test("RFC 6455 §5.4: empty fragments and an empty message")
    func empty() {
        let stream =
            Wire.frame(0x1, fin: false) + Wire.frame(0x0, fin: false) + Wire.frame(0x0) + Wire.frame(0x1)
            + Wire.frame(0x2, fin: false) + Wire.frame(0x0, [7])
        let expected: [WebSocketEvent] = [text(""), text(""), .binary(bytes([7]))]
        #expect(Outcome.of([stream]) == Outcome(events: expected))
        #expect(Outcome.of(stream.bytewise) == Outcome(events: expected))
    }

    @Test("RFC 6455 §5.5.1: nothing follows a close frame, which may be empty and between fragments")
    func nothingAfterClose() {
        let stream = Wire.frame(0x1, [0x41], fin: false) + Wire.frame(0x8) + Wire.frame(0x0, [0x42]) + [0xFF]
        #expect(Outcome.of([stream]) == Outcome(events: [.close(nil, reason: "")]))
        #expect(Outcome.of(stream.bytewise) == Outcome(events: [.close(nil, reason: "")]))
    }

    @Test("Feeding several times before asking gives the same events")
    func feedsAhead() {
        let stream = Wire.frame(0x1, Array("abc".utf8)) + Wire.frame(0x2, Array(0...200)) + Wire.frame(0x9, [1, 2, 3])
        var decoder = WebSocketDecoder(role: .server)
        for part in stream.bytewise { decoder.feed(bytes(part)) }
        var outcome = Outcome()
        outcome.drain(&decoder)
        #expect(outcome.events == [text("abc"), .binary(bytes(Array(0...200))), .ping(bytes([1, 2, 3]))])
    }
}
