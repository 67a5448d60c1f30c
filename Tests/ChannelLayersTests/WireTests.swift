// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Testing

import struct NIOCore.ByteBuffer

@testable import SluiceChannelLayers

/// A value of any shape, by chance.
private func anyValue(_ random: inout SeededGenerator, depth: Int = 0) -> MessagePackValue {
    switch Int.random(in: 0..<(depth < 5 ? 9 : 7), using: &random) {
    case 0: .null
    case 1: .bool(.random(using: &random))
    case 2: .int(Int64(truncatingIfNeeded: random.next()) >> Int64.random(in: 0..<64, using: &random))
    case 3: .uint(UInt64(Int64.max) + 1 + random.next() >> 1)
    case 4: .double(Double(bitPattern: random.next() & 0xBFFF_FFFF_FFFF_FFFF))
    case 5:
        .string(
            String(
                repeating: ["a", "ü", "聊", "🎉"].randomElement(using: &random) ?? "",
                count: Int.random(in: 0..<300, using: &random)))
    case 6:
        .bytes(
            ByteBuffer(
                bytes: (0..<Int.random(in: 0..<300, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }))
    case 7: .array((0..<Int.random(in: 0..<20, using: &random)).map { _ in anyValue(&random, depth: depth + 1) })
    default:
        .map(
            (0..<Int.random(in: 0..<20, using: &random)).map {
                .init(key: "k\($0)", value: anyValue(&random, depth: depth + 1))
            })
    }
}

private func written(_ value: MessagePackValue) -> ByteBuffer {
    var bytes = ByteBuffer()
    MessagePackWriter.write(value, into: &bytes)
    return bytes
}

@Suite("MessagePack of events")
struct WireTests {
    @Test("every value comes back as it was", arguments: 1...20 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let value = anyValue(&random)
            #expect(try MessagePackReader.read(written(value)) == value)
        }
    }

    @Test(
        "cut or damaged bytes are an error or another value, never a crash or much memory",
        arguments: 1...10 as ClosedRange<UInt64>)
    func damaged(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            var bytes = Array(written(anyValue(&random)).readableBytesView)
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(index...)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
                }
            }
            _ = try? EventFrame(reading: ByteBuffer(bytes: bytes))
        }
    }

    @Test(
        "what is no value, or too much, is refused",
        arguments: [
            ([], "cut off"), ([0xC1], "not known"), ([0xD4, 1, 2], "not known"),
            ([0xDD, 0xFF, 0xFF, 0xFF, 0xFF], "cut off"),
            ([0xDF, 0xFF, 0xFF, 0xFF, 0xFF], "cut off"), ([0xDB, 0xFF, 0xFF, 0xFF, 0xFF, 0x61], "cut off"),
            ([0xC0, 0xC0], "behind"), ([0xA1, 0xFF], "UTF-8"), ([0x81, 0x01, 0x02], "no text"),
            (Array(repeating: 0x91, count: 100) + [0xC0], "deeper than 64"),
            ([0x81, 0x81, 0xC0, 0xC0], "deeper"), ([0xA5, 0x61], "cut off"),
        ] as [([UInt8], String)])
    func refused(bytes: [UInt8], reason: String) {
        let error = #expect(throws: MessagePackError.self) { try MessagePackReader.read(ByteBuffer(bytes: bytes)) }
        #expect(error?.description.contains(reason) == true)
    }

    @Test("64 values in each other are read, 65 are not")
    func depth() throws {
        let deep = { (count: Int) in ByteBuffer(bytes: Array(repeating: 0x91, count: count) + [0xC0]) }
        _ = try MessagePackReader.read(deep(64))
        #expect(throws: MessagePackError.self) { try MessagePackReader.read(deep(65)) }
    }

    @Test(
        "a frame without a type, or that is no map, is no event",
        arguments: [[0x80], [0x90], [0x81, 0xA1, 0x61, 0xC0]] as [[UInt8]])
    func noEvent(bytes: [UInt8]) {
        let error = #expect(throws: LayerError.self) { try EventFrame(reading: ByteBuffer(bytes: bytes)) }
        #expect(error?.code == .notDecodable)
    }

    @Test("an event from elsewhere is decoded for who asks; another shape of it is an error, another name nothing")
    func decoding() throws {
        let event = try EventFrame(reading: try EventFrame.write(LayerEvent(Numbered(number: 7)))).event
        #expect(event.value(as: Numbered.self) == Numbered(number: 7) && event.value(as: Text.self) == nil)
        #expect(event.holds(ObjectIdentifier(Numbered.self), named: Numbered.type))
        #expect(!event.holds(ObjectIdentifier(Text.self), named: Text.type))
        struct Other: ChannelEvent {
            static let type = Numbered.type
            var number: String
        }
        let error = #expect(throws: LayerError.self) { _ = try event.decoded(as: Other.self) }
        #expect(error?.code == .notDecodable && event.value(as: Other.self) == nil)
    }

    @Test("an excluded member, a coalescing key and a place travel in one field that Channels ignores")
    func extras() throws {
        struct Keyed: ChannelEvent {
            static let type = "test.keyed"
            var coalescingKey: String? { "k" }
        }
        var open = try EventFrame.write(LayerEvent(Keyed()), excluding: "specific.a!b", open: true)
        open.writeBytes([0xA1, 0x6F, 0xCF, 0, 0, 0, 0, 0, 0, 0, 9, 0xA1, 0x65, 0xB0])
        open.writeString("0123456789abcdef")
        let frame = try EventFrame(reading: open)
        #expect(frame.excluded == "specific.a!b" && frame.event.coalescingKey == "k")
        #expect(frame.event.position == Position(epoch: "0123456789abcdef", offset: 9))
        guard case .map(let fields) = try MessagePackReader.read(open) else {
            Issue.record("no map")
            return
        }
        #expect(fields.map(\.key) == ["type", "__sluice__"])
    }
}
