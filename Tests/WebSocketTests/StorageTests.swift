// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import SluiceWebSocket

@Suite("Storage of messages")
struct StorageTests {
    func address(_ buffer: ByteBuffer) -> Int? {
        buffer.withUnsafeReadableBytes { $0.baseAddress.map(Int.init(bitPattern:)) }
    }

    @Test("Whole frames of one read are slices of it, unmasked in place: no copy, however many are held")
    func zeroCopy() throws {
        var read = ByteBuffer()
        for number in 0..<100 { read.writeBytes(Wire.frame(0x2, [UInt8](repeating: UInt8(number), count: 100))) }
        let start = try #require(address(read))
        var decoder = WebSocketDecoder(role: .server)
        decoder.feed(Self.giveUp(&read))
        var held: [ByteBuffer] = []
        while case .binary(let payload)? = try decoder.next() { held.append(payload) }
        #expect(held.count == 100)
        for (number, payload) in held.enumerated() {
            #expect(address(payload) == start + number * 106 + 6)
            #expect(payload == ByteBuffer(repeating: UInt8(number), count: 100))
        }
    }

    /// Moves the buffer out, so that no second reference to its storage stays behind.
    static func giveUp(_ buffer: inout ByteBuffer) -> ByteBuffer {
        let given = buffer
        buffer = ByteBuffer()
        return given
    }

    @Test("A buffer that the caller still holds is not changed")
    func sharedInput() throws {
        let bytes = Wire.frame(0x2, [1, 2, 3, 4, 5]) + Wire.frame(0x2, [6, 7, 8], fin: false).dropLast()
        let read = ByteBuffer(bytes: bytes)
        var decoder = WebSocketDecoder(role: .server)
        decoder.feed(read)
        #expect(try decoder.next() == .binary(ByteBuffer(bytes: [1, 2, 3, 4, 5])))
        #expect(try decoder.next() == nil)
        #expect(Array(read.readableBytesView) == bytes)
    }

    @Test("Messages that are still held do not change when later reads arrive")
    func heldMessages() throws {
        var decoder = WebSocketDecoder(role: .server)
        var held: [ByteBuffer] = []
        for number in 0..<50 {
            let read = ByteBuffer(bytes: Wire.frame(0x2, [UInt8](repeating: UInt8(number), count: number)))
            decoder.feed(read)
            if case .binary(let payload)? = try decoder.next() { held.append(payload) }
            #expect(try decoder.next() == nil)
        }
        #expect(held == (0..<50).map { ByteBuffer(repeating: UInt8($0), count: $0) })
    }

    @Test("Small reads that nobody holds on to share one storage")
    func reuse() throws {
        var decoder = WebSocketDecoder(role: .server)
        let read = ByteBuffer(bytes: Wire.frame(0x2, [UInt8](repeating: 7, count: 50)))
        var addresses: Set<Int?> = []
        for _ in 0..<20 {
            decoder.feed(read)
            if case .binary(let payload)? = try decoder.next() { addresses.insert(address(payload)) }
            _ = try decoder.next()
        }
        #expect(addresses.count == 1)
    }

    @Test("A client's decoder hands out slices of the read, also of one that is shared")
    func clientSlices() throws {
        let read = ByteBuffer(bytes: Wire.frame(0x2, [1, 2, 3], mask: nil))
        var decoder = WebSocketDecoder(role: .client)
        decoder.feed(read)
        guard case .binary(let payload)? = try decoder.next() else {
            Issue.record("no message")
            return
        }
        let start = try #require(address(read))
        #expect(address(payload) == start + 2)
    }
}
