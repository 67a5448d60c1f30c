// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Frames built byte by byte after RFC 6455 §5.2, without the code under test, valid or not.
enum Wire {
    static func frame(
        _ opcode: UInt8, _ payload: [UInt8] = [], fin: Bool = true, reserved: UInt8 = 0,
        mask: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]
    ) -> [UInt8] {
        let length: [UInt8] =
            switch payload.count {
            case ...125: [UInt8(payload.count)]
            case ...0xFFFF: [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
            default: [127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
            }
        return header(opcode, length: length, fin: fin, reserved: reserved, mask: mask)
            + payload.enumerated().map { index, byte in byte ^ (mask?[index % 4] ?? 0) }
    }

    /// A header with the length bytes as given.
    static func header(
        _ opcode: UInt8, length: [UInt8], fin: Bool = true, reserved: UInt8 = 0,
        mask: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]
    ) -> [UInt8] {
        var length = length
        if mask != nil { length[0] |= 0x80 }
        return [(fin ? 0x80 : 0) | reserved | opcode] + length + (mask ?? [])
    }

    static func close(_ code: UInt16, _ reason: String = "", mask: [UInt8]? = [1, 2, 3, 4]) -> [UInt8] {
        frame(0x8, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason.utf8, mask: mask)
    }

    static func buffer(_ bytes: some Sequence<UInt8>) -> ByteBuffer {
        ByteBuffer(bytes: bytes)
    }
}
