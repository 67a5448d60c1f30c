// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceCore
import Testing

import struct NIOCore.ByteBuffer

@testable import SluiceChannelLayers

/// What channels_redis' pub/sub layer published, recorded: messages with their frames.
struct WireVector: CustomTestStringConvertible, Sendable {
    var message: MessagePackValue
    var frame: ByteBuffer
    var testDescription: String { "\(frame.readableBytes) bytes" }

    static let all: [WireVector] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/channels-redis.json")
        guard let data = try? Data(contentsOf: file),
            let root = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let messages = root["messages"] as? [[String: Any]]
        else { return [] }
        return messages.compactMap { entry in
            guard let hex = entry["frame"] as? String else { return nil }
            let digits = Array(hex.utf8)
            let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
            }
            return WireVector(message: value(entry["message"] as Any), frame: ByteBuffer(bytes: bytes))
        }
    }()

    /// JSON as MessagePack; octets are recorded as an object with their digits.
    private static func value(_ json: Any) -> MessagePackValue {
        switch json {
        case is NSNull: return .null
        case let text as String: return .string(text)
        case let list as [Any]: return .array(list.map(value))
        case let object as [String: Any]:
            if let hex = object["__bytes_hex__"] as? String {
                let digits = Array(hex.utf8)
                return .bytes(
                    ByteBuffer(
                        bytes: stride(from: 0, to: digits.count, by: 2).compactMap {
                            UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
                        }))
            }
            return .map(object.map { .init(key: $0.key, value: value($0.value)) })
        case let number as NSNumber:
            if number.isBoolean { return .bool(number.boolValue) }
            // Written with a point where it is none of these.
            if let whole = Int64(number.stringValue) { return .int(whole) }
            return UInt64(number.stringValue).map { .uint($0) } ?? .double(number.doubleValue)
        default: return .null
        }
    }
}

extension NSNumber {
    fileprivate var isBoolean: Bool { String(cString: objCType) == "c" }
}

extension MessagePackValue {
    /// The same with the entries of all maps by their keys: JSON objects have no order.
    var sorted: MessagePackValue {
        switch self {
        case .array(let values): .array(values.map(\.sorted))
        case .map(let fields):
            .map(fields.map { Field(key: $0.key, value: $0.value.sorted) }.sorted { $0.key < $1.key })
        default: self
        }
    }
}

@Suite("The frames of channels_redis' pub/sub layer, byte for byte")
struct WireVectorTests {
    @Test("there are vectors")
    func present() {
        #expect(WireVector.all.count == 9)
    }

    @Test("a recorded frame is read as its message", arguments: WireVector.all)
    func read(_ vector: WireVector) throws {
        #expect(try MessagePackReader.read(vector.frame).sorted == vector.message.sorted)
    }

    @Test("what was read is written as the same bytes", arguments: WireVector.all)
    func written(_ vector: WireVector) throws {
        var bytes = ByteBuffer()
        MessagePackWriter.write(try MessagePackReader.read(vector.frame), into: &bytes)
        #expect(bytes == vector.frame)
    }

    @Test("an event passes through: what came in goes out as the same bytes, `type` first", arguments: WireVector.all)
    func event(_ vector: WireVector) throws {
        let frame = try EventFrame(reading: vector.frame)
        #expect(frame.event.type == vector.message["type"]?.string && frame.excluded == nil)
        #expect(try EventFrame.write(frame.event) == vector.frame)
    }

    @Test("an event of ours is the frame that Django would write")
    func ours() throws {
        struct Payload: Codable, Sendable {
            var hello = "wörld"
            var n = 1
            var f = 1.5
            var l: [Int?] = [1, nil]
        }
        struct Said: ChannelEvent {
            static let type = "chat.message"
            var payload = Payload()
        }
        let frame = try EventFrame.write(LayerEvent(Said()))
        #expect(
            String(buffer: frame).utf8.count > 0
                && frame.readableBytesView.map { String($0, radix: 16) }.joined(separator: " ").hasPrefix(
                    "82 a4 74 79 70 65 ac 63 68 61 74 2e 6d 65 73 73 61 67 65 a7 70 61 79 6c 6f 61 64 84 a5")
        )
        let again = try EventFrame(reading: frame)
        #expect(again.event.value(as: Said.self)?.payload.l == [1, nil])
    }
}
