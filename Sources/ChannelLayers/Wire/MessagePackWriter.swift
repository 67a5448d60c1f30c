// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Writes MessagePack as Python's `msgpack.packb` does, byte for byte.
enum MessagePackWriter {
    static func write(_ value: MessagePackValue, into buffer: inout ByteBuffer) {
        switch value {
        case .null: buffer.writeInteger(0xC0 as UInt8)
        case .bool(let flag): buffer.writeInteger(flag ? 0xC3 : 0xC2 as UInt8)
        case .int(let number): write(number, into: &buffer)
        case .uint(let number): write(unsigned: number, into: &buffer)
        case .double(let number):
            buffer.writeInteger(0xCB as UInt8)
            buffer.writeInteger(number.bitPattern)
        case .string(let text): write(text, into: &buffer)
        case .bytes(let bytes):
            write(length: bytes.readableBytes, 0xC4, 0xC5, 0xC6, into: &buffer)
            buffer.writeImmutableBuffer(bytes)
        case .array(let values):
            write(count: values.count, fix: 0x90, 0xDC, 0xDD, into: &buffer)
            for value in values { write(value, into: &buffer) }
        case .map(let fields):
            writeMapHeader(fields.count, into: &buffer)
            for field in fields {
                write(field.key, into: &buffer)
                write(field.value, into: &buffer)
            }
        }
    }

    static func write(_ text: String, into buffer: inout ByteBuffer) {
        let count = text.utf8.count
        if count < 32 {
            buffer.writeInteger(0xA0 | UInt8(count))
        } else {
            write(length: count, 0xD9, 0xDA, 0xDB, into: &buffer)
        }
        buffer.writeString(text)
    }

    static func writeMapHeader(_ count: Int, into buffer: inout ByteBuffer) {
        write(count: count, fix: 0x80, 0xDE, 0xDF, into: &buffer)
    }

    private static func write(_ number: Int64, into buffer: inout ByteBuffer) {
        switch number {
        case 0...: write(unsigned: UInt64(number), into: &buffer)
        case (-32)...: buffer.writeInteger(Int8(number))
        case Int64(Int8.min)...:
            buffer.writeInteger(0xD0 as UInt8)
            buffer.writeInteger(Int8(number))
        case Int64(Int16.min)...:
            buffer.writeInteger(0xD1 as UInt8)
            buffer.writeInteger(Int16(number))
        case Int64(Int32.min)...:
            buffer.writeInteger(0xD2 as UInt8)
            buffer.writeInteger(Int32(number))
        default:
            buffer.writeInteger(0xD3 as UInt8)
            buffer.writeInteger(number)
        }
    }

    private static func write(unsigned number: UInt64, into buffer: inout ByteBuffer) {
        switch number {
        case ...0x7F: buffer.writeInteger(UInt8(number))
        case ...0xFF:
            buffer.writeInteger(0xCC as UInt8)
            buffer.writeInteger(UInt8(number))
        case ...0xFFFF:
            buffer.writeInteger(0xCD as UInt8)
            buffer.writeInteger(UInt16(number))
        case ...0xFFFF_FFFF:
            buffer.writeInteger(0xCE as UInt8)
            buffer.writeInteger(UInt32(number))
        default:
            buffer.writeInteger(0xCF as UInt8)
            buffer.writeInteger(number)
        }
    }

    private static func write(
        count: Int, fix: UInt8, _ two: UInt8, _ four: UInt8, into buffer: inout ByteBuffer
    ) {
        switch count {
        case ..<16: buffer.writeInteger(fix | UInt8(count))
        case ...0xFFFF:
            buffer.writeInteger(two)
            buffer.writeInteger(UInt16(count))
        default:
            buffer.writeInteger(four)
            buffer.writeInteger(UInt32(clamping: count))
        }
    }

    private static func write(
        length: Int, _ one: UInt8, _ two: UInt8, _ four: UInt8, into buffer: inout ByteBuffer
    ) {
        switch length {
        case ...0xFF:
            buffer.writeInteger(one)
            buffer.writeInteger(UInt8(length))
        case ...0xFFFF:
            buffer.writeInteger(two)
            buffer.writeInteger(UInt16(length))
        default:
            buffer.writeInteger(four)
            buffer.writeInteger(UInt32(clamping: length))
        }
    }
}
