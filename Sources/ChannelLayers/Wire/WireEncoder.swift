// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Encodes Codable values as MessagePack values: what the fields of an event become.
///
/// Octets (`ByteBuffer`, `[UInt8]`) become `bin`; an absent optional is left out or becomes nil, as its type says.
struct WireEncoder: Encoder {
    fileprivate let node: WireNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func encode(_ value: some Encodable) throws -> MessagePackValue {
        try node(value, []).value
    }

    fileprivate static func node<Value: Encodable>(_ value: Value, _ path: [any CodingKey]) throws -> WireNode {
        // A type that nests in itself without end would end the process by its stack.
        guard path.count < MessagePackReader.maximumDepth else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: path, debugDescription: "values stand deeper than 64 in each other"))
        }
        switch value {
        case let text as String: return WireNode(.string(text))
        case let buffer as ByteBuffer: return WireNode(.bytes(buffer))
        // By the type itself: any empty list can be cast to one of octets.
        case let octets as [UInt8] where Value.self == [UInt8].self: return WireNode(.bytes(ByteBuffer(bytes: octets)))
        default:
            let encoder = WireEncoder(node: WireNode(.null), codingPath: path)
            try value.encode(to: encoder)
            return encoder.node
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.becomeMap()
        return KeyedEncodingContainer(KeyedWireEncoder<Key>(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.becomeArray()
        return UnkeyedWireEncoder(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleWireEncoder(node: node, codingPath: codingPath)
    }
}

/// A value that is being made: containers of Codable may be filled in any order.
private final class WireNode {
    private enum Content {
        case leaf(MessagePackValue)
        case array([WireNode])
        case map([(key: String, node: WireNode)])
    }

    private var content: Content

    init(_ value: MessagePackValue) {
        content = .leaf(value)
    }

    var value: MessagePackValue {
        switch content {
        case .leaf(let value): value
        case .array(let nodes): .array(nodes.map(\.value))
        case .map(let fields): .map(fields.map { .init(key: $0.key, value: $0.node.value) })
        }
    }

    var count: Int {
        if case .array(let nodes) = content { nodes.count } else { 0 }
    }

    func becomeMap() {
        if case .map = content { return }
        content = .map([])
    }

    func becomeArray() {
        if case .array = content { return }
        content = .array([])
    }

    func set(_ value: MessagePackValue) {
        content = .leaf(value)
    }

    func become(_ other: WireNode) {
        content = other.content
    }

    func append(_ node: WireNode) {
        guard case .array(var nodes) = content else { return }
        content = .leaf(.null)  // so that the array is not copied
        nodes.append(node)
        content = .array(nodes)
    }

    func append(_ key: String, _ node: WireNode) {
        guard case .map(var fields) = content else { return }
        content = .leaf(.null)
        fields.append((key, node))
        content = .map(fields)
    }
}

private struct KeyedWireEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: WireNode
    let codingPath: [any CodingKey]

    mutating func encodeNil(forKey key: Key) throws { node.append(key.stringValue, WireNode(.null)) }

    mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        node.append(key.stringValue, try WireEncoder.node(value, codingPath + [key]))
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy keyType: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        nested(key).container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        nested(key).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { nested(SuperKey()) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { nested(key) }

    private func nested(_ key: any CodingKey) -> WireEncoder {
        let child = WireNode(.null)
        node.append(key.stringValue, child)
        return WireEncoder(node: child, codingPath: codingPath + [key])
    }
}

private struct UnkeyedWireEncoder: UnkeyedEncodingContainer {
    let node: WireNode
    let codingPath: [any CodingKey]
    var count: Int { node.count }

    mutating func encodeNil() throws { node.append(WireNode(.null)) }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        node.append(try WireEncoder.node(value, codingPath + [IndexKey(count)]))
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
        nested().container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nested().unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { nested() }

    private func nested() -> WireEncoder {
        let child = WireNode(.null)
        let path = codingPath + [IndexKey(count)]
        node.append(child)
        return WireEncoder(node: child, codingPath: path)
    }
}

private struct SingleWireEncoder: SingleValueEncodingContainer {
    let node: WireNode
    let codingPath: [any CodingKey]

    mutating func encodeNil() throws { node.set(.null) }
    mutating func encode(_ value: Bool) throws { node.set(.bool(value)) }
    mutating func encode(_ value: String) throws { node.set(.string(value)) }
    mutating func encode(_ value: Double) throws { node.set(.double(value)) }
    mutating func encode(_ value: Float) throws { node.set(.double(Double(value))) }
    mutating func encode(_ value: Int) throws { node.set(.int(Int64(value))) }
    mutating func encode(_ value: Int8) throws { node.set(.int(Int64(value))) }
    mutating func encode(_ value: Int16) throws { node.set(.int(Int64(value))) }
    mutating func encode(_ value: Int32) throws { node.set(.int(Int64(value))) }
    mutating func encode(_ value: Int64) throws { node.set(.int(value)) }
    mutating func encode(_ value: UInt) throws { set(UInt64(value)) }
    mutating func encode(_ value: UInt8) throws { node.set(.int(Int64(value))) }
    mutating func encode(_ value: UInt16) throws { node.set(.int(Int64(value))) }
    mutating func encode(_ value: UInt32) throws { node.set(.int(Int64(value))) }
    mutating func encode(_ value: UInt64) throws { set(value) }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        node.become(try WireEncoder.node(value, codingPath + [SuperKey()]))
    }

    private func set(_ value: UInt64) {
        node.set(Int64(exactly: value).map { .int($0) } ?? .uint(value))
    }
}

/// The key of `superEncoder()`, as in Foundation's coders.
struct SuperKey: CodingKey {
    var stringValue: String { "super" }
    var intValue: Int? { nil }

    init() {}
    init?(stringValue: String) { return nil }
    init?(intValue: Int) { return nil }
}

/// A place in an array, for the path of errors.
struct IndexKey: CodingKey {
    private let index: Int
    var stringValue: String { "\(index)" }
    var intValue: Int? { index }

    init(_ index: Int) { self.index = index }
    init?(stringValue: String) { return nil }
    init?(intValue: Int) { index = intValue }
}
