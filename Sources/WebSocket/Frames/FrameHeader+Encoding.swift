// SPDX-License-Identifier: Apache-2.0

import NIOCore

extension FrameHeader {
    /// Appends the header, with the length in the shortest form as RFC 6455 §5.2 demands.
    func encode(into out: inout ByteBuffer) {
        let first = (fin ? 0x80 : 0) | reserved.rawValue | opcode.rawValue
        let masked: UInt8 = mask == nil ? 0 : 0x80
        switch payloadLength {
        case ...125:
            out.writeMultipleIntegers(first, masked | UInt8(payloadLength))
        case ...0xFFFF:
            out.writeMultipleIntegers(first, masked | 126, UInt16(payloadLength))
        default:
            out.writeMultipleIntegers(first, masked | 127, UInt64(payloadLength))
        }
        if let mask {
            out.writeInteger(mask.bits, endianness: .little)
        }
    }
}
