// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceTesting
import Testing

@testable import SluiceWebSocket

@Suite("Masking")
struct MaskingTests {
    static func naive(_ bytes: [UInt8], _ key: [UInt8], phase: Int = 0) -> [UInt8] {
        bytes.enumerated().map { $1 ^ key[($0 + phase) % 4] }
    }

    static func key(_ bytes: [UInt8]) -> MaskingKey {
        MaskingKey(bits: bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }

    @Test("RFC 6455 §5.3: every length to 70 at every alignment and phase equals the bytewise definition")
    func allAlignments() {
        var random = SeededGenerator(seed: 1)
        let key = random.bytes(4)
        for length in 0...70 {
            for alignment in 0..<9 {
                for phase in 0..<4 {
                    let payload = random.bytes(length)
                    let before = random.bytes(alignment)
                    var buffer = ByteBuffer(bytes: before + payload + [0xAA, 0xBB])
                    Self.key(key).advanced(by: phase).apply(to: &buffer, at: alignment, length: length)
                    let expected = before + Self.naive(payload, key, phase: phase) + [0xAA, 0xBB]
                    #expect(Array(buffer.readableBytesView) == expected, "\(length) \(alignment) \(phase)")
                }
            }
        }
    }

    @Test("RFC 6455 §5.3: a key advanced in steps equals one advanced at once")
    func advanced() {
        let key = Self.key([1, 2, 3, 4])
        #expect(key.advanced(by: 0) == key && key.advanced(by: 4) == key && key.advanced(by: 1 << 40) == key)
        #expect(key.advanced(by: 1) == Self.key([2, 3, 4, 1]))
        #expect(key.advanced(by: 3).advanced(by: 3) == key.advanced(by: 6))
    }

    @Test("A range beyond the readable bytes is cut, one before them ignored")
    func ranges() {
        var buffer = ByteBuffer(bytes: [0, 0, 0, 0])
        buffer.moveReaderIndex(forwardBy: 2)
        Self.key([1, 2, 3, 4]).apply(to: &buffer, at: 0, length: 4)
        Self.key([1, 2, 3, 4]).apply(to: &buffer, at: 4, length: 4)
        #expect(Array(buffer.readableBytesView) == [0, 0])
        Self.key([1, 2, 3, 4]).apply(to: &buffer, at: 3, length: .max)
        #expect(Array(buffer.readableBytesView) == [0, 1])
    }

    @Test("RFC 6455 §10.3: keys are drawn anew for each frame")
    func random() {
        #expect(Set((0..<100).map { _ in MaskingKey.random() }).count > 90)
    }
}
