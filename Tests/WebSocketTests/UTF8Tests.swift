// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceTesting
import Testing

@testable import SluiceWebSocket

@Suite("UTF-8")
struct UTF8Tests {
    static let valid: [[UInt8]] = [
        [], Array("Hello".utf8), Array("κόσμε".utf8), Array("聊天 👩‍👩‍👧 é".utf8), [0x00], [0x7F], [0xC2, 0x80], [0xDF, 0xBF],
        [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBD], [0xEF, 0xBF, 0xBF],
        [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0xBF, 0xBE],
    ]

    /// Invalid bytes and the number of bytes after which nothing can save the text (Kuhn's stress test; Autobahn 6.x).
    static let invalid: [(bytes: [UInt8], fatal: Int)] = [
        ([0x80], 1), ([0xBF], 1), ([0xC0, 0x80], 1), ([0xC1, 0xBF], 1), ([0xF5, 0x80, 0x80, 0x80], 1), ([0xFE], 1),
        ([0xFF], 1), ([0xF8, 0x88, 0x80, 0x80, 0x80], 1), ([0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], 1),
        ([0xE0, 0x80, 0x80], 2), ([0xE0, 0x9F, 0xBF], 2), ([0xF0, 0x80, 0x80, 0x80], 2), ([0xF0, 0x8F, 0xBF, 0xBF], 2),
        ([0xED, 0xA0, 0x80], 2), ([0xED, 0xAD, 0xBF], 2), ([0xED, 0xAE, 0x80], 2), ([0xED, 0xBF, 0xBF], 2),
        ([0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80], 2), ([0xF4, 0x90, 0x80, 0x80], 2), ([0xF7, 0xBF, 0xBF, 0xBF], 1),
        ([0xC3, 0x28], 2), ([0xC3, 0xC3], 2), ([0xE2, 0x28, 0xA1], 2), ([0xE2, 0x82, 0x28], 3),
        ([0xE2, 0x82, 0xE2], 3),
        ([0xF0, 0x28, 0x8C, 0xBC], 2), ([0xF0, 0x90, 0x28, 0xBC], 3), ([0xF0, 0x90, 0x8C, 0x28], 4),
        ([0xE2, 0x82, 0xAC, 0x80], 4),
    ]

    static let prefixes: [[UInt8]] = [[], [0x41], Array("1234567".utf8), Array("12345678".utf8), Array("κ".utf8)]

    @Test("RFC 6455 §5.6: valid text arrives, cut at each byte, in frames and in fragments", arguments: valid)
    func accepts(text: [UInt8]) {
        for prefix in Self.prefixes {
            let payload = prefix + text + prefix
            let expected = Outcome(events: [.text(ByteBuffer(bytes: payload))])
            let frame = Wire.frame(0x1, payload)
            #expect(Outcome.of([frame]) == expected)
            #expect(Outcome.of(frame.bytewise) == expected)
            for cut in 0...payload.count {
                let fragments =
                    Wire.frame(0x1, Array(payload[..<cut]), fin: false) + Wire.frame(0x0, Array(payload[cut...]))
                #expect(Outcome.of([fragments]) == expected, "cut at \(cut)")
                #expect(Outcome.of(frame.cut(at: [6 + cut])) == expected, "cut at \(cut)")
            }
        }
    }

    @Test("RFC 6455 §8.1: invalid text is refused with 1007, in one frame or cut anywhere", arguments: invalid)
    func refuses(bytes: [UInt8], fatal: Int) {
        for prefix in Self.prefixes {
            let payload = prefix + bytes + Array("rest".utf8)
            let frame = Wire.frame(0x1, payload)
            for parts in [[frame], frame.bytewise, frame.cut(at: [6 + prefix.count + 1])] {
                let outcome = Outcome.of(parts)
                #expect(outcome.error?.code == .utf8 && outcome.error?.closeCode == .invalidPayload)
                #expect(outcome.events.isEmpty)
            }
        }
    }

    @Test("RFC 6455 §8.1: failure comes at the first impossible byte, before the rest arrives", arguments: invalid)
    func failsFast(bytes: [UInt8], fatal: Int) {
        for prefix in Self.prefixes {
            let payload = prefix + bytes + Array("rest".utf8)
            let needed = prefix.count + fatal
            let frame = Wire.frame(0x1, payload)
            #expect(Outcome.of([Array(frame[..<(6 + needed - 1)])]).error == nil)
            #expect(Outcome.of([Array(frame[..<(6 + needed)])]).error?.code == .utf8)
            let fragment = Wire.frame(0x1, Array(payload[..<needed]), fin: false)
            #expect(Outcome.of([fragment]).error?.code == .utf8)
        }
    }

    @Test(
        "RFC 6455 §8.1: text that ends within a scalar",
        arguments: [[0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x92]] as [[UInt8]])
    func incomplete(bytes: [UInt8]) {
        #expect(Outcome.of([Wire.frame(0x1, bytes)]).error?.code == .utf8)
        #expect(Outcome.of([Wire.frame(0x1, bytes, fin: false)]).error == nil)
        #expect(Outcome.of([Wire.frame(0x1, bytes, fin: false) + Wire.frame(0x0)]).error?.code == .utf8)
    }

    @Test("RFC 6455 §5.6: binary messages are not looked into")
    func binary() {
        #expect(Outcome.of([Wire.frame(0x2, [0xFF, 0xC0])]).events.count == 1)
    }

    @Test("RFC 3629: all sequences of one to three bytes, and four with edge bytes, as the standard library judges")
    func againstStandardLibrary() {
        let edges: [UInt8] = [
            0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
            0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
        ]
        func check(_ bytes: [UInt8]) {
            let expected = String(validating: bytes, as: UTF8.self) != nil
            // At the end of the text and before more of it, where a faster path is taken.
            for text in [bytes, bytes + [0x41, 0x42, 0x43, 0x44]] {
                var validator = UTF8Validator()
                let accepted = text.withUnsafeBytes { validator.consume($0) } && validator.isComplete
                if accepted != expected { Issue.record("\(text): \(accepted)") }
            }
        }
        for first in UInt8.min ... .max {
            check([first])
            for second in UInt8.min ... .max { check([first, second]) }
            for second in edges {
                for third in edges {
                    check([first, second, third])
                    for fourth in edges where first >= 0xE0 { check([first, second, third, fourth]) }
                }
            }
        }
    }

    @Test("RFC 3629: long random texts with one damaged byte, as the standard library judges, cut at random")
    func longTexts() {
        var random = SeededGenerator(seed: 7)
        let alphabet = Array("abcdefgh é聊👍\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}")
        for _ in 0..<2000 {
            var bytes = Array(String((0..<60).compactMap { _ in alphabet.randomElement(using: &random) }).utf8)
            if Bool.random(using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = random.bytes(1)[0]
            }
            var validator = UTF8Validator()
            let cuts = (0..<3).map { _ in Int.random(in: bytes.indices, using: &random) }
            let accepted = bytes.cut(at: cuts).allSatisfy { $0.withUnsafeBytes { validator.consume($0) } }
            #expect((accepted && validator.isComplete) == (String(validating: bytes, as: UTF8.self) != nil))
        }
    }
}
