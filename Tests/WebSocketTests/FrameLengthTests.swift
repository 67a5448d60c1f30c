// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceTesting
import SluiceWebSocket
import Testing

@Suite("Frame lengths")
struct FrameLengthTests {
    static let lengths = [
        0, 1, 2, 3, 4, 5, 7, 8, 9, 124, 125, 126, 127, 128, 255, 256, 65534, 65535, 65536, 65537, 200_000,
    ]

    @Test("RFC 6455 §5.2: every class of length arrives, as server and as client", arguments: lengths)
    func decodes(length: Int) {
        var random = SeededGenerator(seed: UInt64(length))
        let payload = random.bytes(length)
        let expected = Outcome(events: [.binary(ByteBuffer(bytes: payload))])
        let masked = Wire.frame(0x2, payload)
        let plain = Wire.frame(0x2, payload, mask: nil)
        #expect(Outcome.of([masked]) == expected)
        #expect(Outcome.of([plain], role: .client) == expected)
        for cut in [1, 2, 3, 5, 9, 13, 14, 15, masked.count - 1] {
            #expect(Outcome.of(masked.cut(at: [cut])) == expected, "cut at \(cut)")
            #expect(Outcome.of(plain.cut(at: [cut]), role: .client) == expected, "cut at \(cut)")
        }
    }

    @Test("RFC 6455 §5.2: every class of length is written in its shortest form", arguments: lengths)
    func encodes(length: Int) {
        var random = SeededGenerator(seed: UInt64(length))
        let payload = random.bytes(length)
        var out = ByteBuffer()
        FrameEncoder(role: .server).writeBinary(ByteBuffer(bytes: payload), into: &out)
        #expect(Array(out.readableBytesView) == Wire.frame(0x2, payload, mask: nil))
    }

    @Test(
        "RFC 6455 §5.2: a length not in its shortest form is refused",
        arguments: [
            [126, 0, 0], [126, 0, 125], [127, 0, 0, 0, 0, 0, 0, 0, 0], [127, 0, 0, 0, 0, 0, 0, 0, 126],
            [127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
        ] as [[UInt8]])
    func notMinimal(length: [UInt8]) {
        let bytes = Wire.header(0x2, length: length)
        for parts in [[bytes], bytes.bytewise] {
            let error = Outcome.of(parts).error
            #expect(error?.code == .length && error?.closeCode == .protocolError)
        }
    }

    @Test("RFC 6455 §5.2: the most significant bit of a length is 0")
    func outOfRange() {
        let error = Outcome.of([Wire.header(0x2, length: [127, 0x80, 0, 0, 0, 0, 0, 0, 0])]).error
        #expect(error?.code == .length && error?.closeCode == .protocolError)
    }
}
