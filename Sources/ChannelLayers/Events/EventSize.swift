// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Measures an event without encoding it: walks its Codable fields and adds up what they would take on the wire.
///
/// Texts and bytes count in full, numbers 8 bytes, keys their length, so that a budget in bytes means bytes though the
/// in-memory layer encodes nothing. A value that refuses to be encoded counts what was walked until then.
enum EventSize {
    static func measure(_ event: some Encodable) -> Int {
        let counter = SizeCounter()
        try? event.encode(to: SizeEncoder(counter: counter))
        return counter.bytes
    }
}

private final class SizeCounter {
    var bytes = 16  // the map itself and its `type`

    func add(_ value: some Encodable, _ encoder: SizeEncoder) throws {
        switch value {
        case let text as String: bytes += text.utf8.count + 2
        case let buffer as ByteBuffer: bytes += buffer.readableBytes + 4
        case let octets as [UInt8]: bytes += octets.count + 4
        default: try value.encode(to: encoder)
        }
    }
}

private struct SizeEncoder: Encoder {
    let counter: SizeCounter
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedSize<Key>(counter: counter))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        UnkeyedSize(counter: counter)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleSize(counter: counter)
    }
}

private struct KeyedSize<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let counter: SizeCounter
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil(forKey key: Key) { counter.bytes += key.stringValue.utf8.count + 2 }

    mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        counter.bytes += key.stringValue.utf8.count + 1
        try counter.add(value, SizeEncoder(counter: counter))
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy keyType: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(KeyedSize<Nested>(counter: counter))
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        UnkeyedSize(counter: counter)
    }

    mutating func superEncoder() -> any Encoder { SizeEncoder(counter: counter) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { SizeEncoder(counter: counter) }
}

private struct UnkeyedSize: UnkeyedEncodingContainer {
    let counter: SizeCounter
    var codingPath: [any CodingKey] { [] }
    var count = 0

    init(counter: SizeCounter) {
        self.counter = counter
    }

    mutating func encodeNil() { counter.bytes += 1 }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        count += 1
        try counter.add(value, SizeEncoder(counter: counter))
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(KeyedSize<Nested>(counter: counter))
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { UnkeyedSize(counter: counter) }
    mutating func superEncoder() -> any Encoder { SizeEncoder(counter: counter) }
}

private struct SingleSize: SingleValueEncodingContainer {
    let counter: SizeCounter
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil() { counter.bytes += 1 }

    mutating func encode(_ value: Bool) { counter.bytes += 1 }
    mutating func encode(_ value: String) { counter.bytes += value.utf8.count + 2 }
    mutating func encode(_ value: Double) { counter.bytes += 8 }
    mutating func encode(_ value: Float) { counter.bytes += 8 }
    mutating func encode(_ value: Int) { counter.bytes += 8 }
    mutating func encode(_ value: Int8) { counter.bytes += 8 }
    mutating func encode(_ value: Int16) { counter.bytes += 8 }
    mutating func encode(_ value: Int32) { counter.bytes += 8 }
    mutating func encode(_ value: Int64) { counter.bytes += 8 }
    mutating func encode(_ value: UInt) { counter.bytes += 8 }
    mutating func encode(_ value: UInt8) { counter.bytes += 1 }
    mutating func encode(_ value: UInt16) { counter.bytes += 8 }
    mutating func encode(_ value: UInt32) { counter.bytes += 8 }
    mutating func encode(_ value: UInt64) { counter.bytes += 8 }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        try counter.add(value, SizeEncoder(counter: counter))
    }
}
