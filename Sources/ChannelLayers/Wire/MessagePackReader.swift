// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Reads one MessagePack value and nothing behind it. Every input is hostile: nesting has a limit, and a count is
/// believed only as far as there are bytes for it.
struct MessagePackReader {
    /// How deep arrays and maps may stand in each other.
    static let maximumDepth = 64
    /// How many values there may be in all: each takes one byte on the wire and thirty here.
    static let maximumCount = 1 << 20

    private var buffer: ByteBuffer
    private var count = 0

    /// Reads all of a buffer.
    static func read(_ buffer: ByteBuffer) throws(MessagePackError) -> MessagePackValue {
        var reader = MessagePackReader(buffer: buffer)
        let value = try reader.value(depth: 0)
        guard reader.buffer.readableBytes == 0 else {
            throw MessagePackError("\(reader.buffer.readableBytes) bytes behind the value")
        }
        return value
    }

    private init(buffer: ByteBuffer) {
        self.buffer = buffer
    }

    private mutating func value(depth: Int) throws(MessagePackError) -> MessagePackValue {
        count += 1
        guard count <= Self.maximumCount else { throw MessagePackError("more than \(Self.maximumCount) values") }
        let head = try integer(UInt8.self)
        switch head {
        case ...0x7F: return .int(Int64(head))
        case 0x80...0x8F: return try map(Int(head & 0x0F), depth)
        case 0x90...0x9F: return try array(Int(head & 0x0F), depth)
        case 0xA0...0xBF: return .string(try text(Int(head & 0x1F)))
        case 0xC0: return .null
        case 0xC2: return .bool(false)
        case 0xC3: return .bool(true)
        case 0xC4: return .bytes(try octets(Int(try integer(UInt8.self))))
        case 0xC5: return .bytes(try octets(Int(try integer(UInt16.self))))
        case 0xC6: return .bytes(try octets(Int(try integer(UInt32.self))))
        case 0xCA: return .double(Double(Float(bitPattern: try integer(UInt32.self))))
        case 0xCB: return .double(Double(bitPattern: try integer(UInt64.self)))
        case 0xD9: return .string(try text(Int(try integer(UInt8.self))))
        case 0xDA: return .string(try text(Int(try integer(UInt16.self))))
        case 0xDB: return .string(try text(Int(try integer(UInt32.self))))
        case 0xDC: return try array(Int(try integer(UInt16.self)), depth)
        case 0xDD: return try array(Int(try integer(UInt32.self)), depth)
        case 0xDE: return try map(Int(try integer(UInt16.self)), depth)
        case 0xDF: return try map(Int(try integer(UInt32.self)), depth)
        case 0xE0...: return .int(Int64(Int8(bitPattern: head)))
        default: return try number(head)
        }
    }

    private mutating func number(_ head: UInt8) throws(MessagePackError) -> MessagePackValue {
        switch head {
        case 0xCC: return .int(Int64(try integer(UInt8.self)))
        case 0xCD: return .int(Int64(try integer(UInt16.self)))
        case 0xCE: return .int(Int64(try integer(UInt32.self)))
        case 0xCF:
            let number = try integer(UInt64.self)
            return Int64(exactly: number).map { .int($0) } ?? .uint(number)
        case 0xD0: return .int(Int64(try integer(Int8.self)))
        case 0xD1: return .int(Int64(try integer(Int16.self)))
        case 0xD2: return .int(Int64(try integer(Int32.self)))
        case 0xD3: return .int(try integer(Int64.self))
        default:
            // Extension types: nothing that Channels sends has a meaning for us under one of them.
            throw MessagePackError("the type 0x\(String(head, radix: 16)) is not known")
        }
    }

    private mutating func array(_ count: Int, _ depth: Int) throws(MessagePackError) -> MessagePackValue {
        try checkDepth(depth)
        guard count <= buffer.readableBytes else { throw Self.cut }
        var values: [MessagePackValue] = []
        // One value takes a byte on the wire and more here: what a count says is reserved only when it is small.
        values.reserveCapacity(min(count, 1_024))
        for _ in 0..<count { values.append(try value(depth: depth + 1)) }
        return .array(values)
    }

    private mutating func map(_ count: Int, _ depth: Int) throws(MessagePackError) -> MessagePackValue {
        try checkDepth(depth)
        guard count <= buffer.readableBytes / 2 else { throw Self.cut }
        var fields: [MessagePackValue.Field] = []
        fields.reserveCapacity(min(count, 1_024))
        for _ in 0..<count {
            guard case .string(let key) = try value(depth: Self.maximumDepth) else {
                throw MessagePackError("a key that is no text")
            }
            fields.append(MessagePackValue.Field(key: key, value: try value(depth: depth + 1)))
        }
        return .map(fields)
    }

    private func checkDepth(_ depth: Int) throws(MessagePackError) {
        guard depth < Self.maximumDepth else {
            throw MessagePackError("values stand deeper than \(Self.maximumDepth) in each other")
        }
    }

    private mutating func text(_ count: Int) throws(MessagePackError) -> String {
        let bytes = try octets(count)
        guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else {
            throw MessagePackError("a text that is no UTF-8")
        }
        return text
    }

    private mutating func octets(_ count: Int) throws(MessagePackError) -> ByteBuffer {
        guard let bytes = buffer.readSlice(length: count) else { throw Self.cut }
        return bytes
    }

    private mutating func integer<Number: FixedWidthInteger>(_: Number.Type) throws(MessagePackError) -> Number {
        guard let number = buffer.readInteger(as: Number.self) else { throw Self.cut }
        return number
    }

    private static let cut = MessagePackError("the value is cut off")
}
