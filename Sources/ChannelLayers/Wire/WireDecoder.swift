// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Decodes Codable values from MessagePack values, strictly: an integer that does not fit, or a value of another kind,
/// is an error; only an integer counts as a floating-point number too, as in Python.
struct WireDecoder: Decoder {
    let value: MessagePackValue
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func decode<Value: Decodable>(
        _: Value.Type, from value: MessagePackValue, at path: [any CodingKey] = []
    ) throws -> Value {
        if Value.self == ByteBuffer.self, case .bytes(let bytes) = value, let found = bytes as? Value { return found }
        if Value.self == [UInt8].self, case .bytes(let bytes) = value,
            let found = Array(bytes.readableBytesView) as? Value
        {
            return found
        }
        return try Value(from: WireDecoder(value: value, codingPath: path))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .map(let fields) = value else { throw mismatch([String: Any].self, value, codingPath) }
        return KeyedDecodingContainer(KeyedWireDecoder<Key>(fields, codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let values) = value else { throw mismatch([Any].self, value, codingPath) }
        return UnkeyedWireDecoder(values: values, codingPath: codingPath)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        SingleWireDecoder(value: value, codingPath: codingPath)
    }
}

private func mismatch(_ type: Any.Type, _ value: MessagePackValue, _ path: [any CodingKey]) -> DecodingError {
    let kind =
        switch value {
        case .null: "nothing"
        case .bool: "a truth value"
        case .int, .uint: "an integer that does not fit or is not wanted"
        case .double: "a floating-point number"
        case .string: "a text"
        case .bytes: "octets"
        case .array: "a list"
        case .map: "a map"
        }
    return .typeMismatch(type, .init(codingPath: path, debugDescription: "found \(kind)"))
}

private struct KeyedWireDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let fields: [MessagePackValue.Field]
    /// Where there are many: one look-up must not cost as much as there are fields, which a peer may choose.
    private let indices: [String: Int]?
    let codingPath: [any CodingKey]

    init(_ fields: [MessagePackValue.Field], _ codingPath: [any CodingKey]) {
        self.fields = fields
        self.codingPath = codingPath
        indices =
            fields.count > 8 ? Dictionary(fields.enumerated().map { ($1.key, $0) }) { $1 } : nil
    }

    var allKeys: [Key] {
        (indices.map { Array($0.keys) } ?? fields.map(\.key)).compactMap { Key(stringValue: $0) }
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try value(key) == .null }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try WireDecoder.decode(type, from: try value(key), at: codingPath + [key])
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try nested(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try nested(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        let key = SuperKey()
        return WireDecoder(value: find(key) ?? .null, codingPath: codingPath + [key])
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try nested(key) }

    private func nested(_ key: Key) throws -> WireDecoder {
        WireDecoder(value: try value(key), codingPath: codingPath + [key])
    }

    private func find(_ key: some CodingKey) -> MessagePackValue? {
        if let indices { return indices[key.stringValue].map { fields[$0].value } }
        return fields.last { $0.key == key.stringValue }?.value
    }

    private func value(_ key: Key) throws -> MessagePackValue {
        guard let value = find(key) else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: "there is no field '\(key.stringValue)'"))
        }
        return value
    }
}

private struct UnkeyedWireDecoder: UnkeyedDecodingContainer {
    let values: [MessagePackValue]
    let codingPath: [any CodingKey]
    var currentIndex = 0
    var count: Int? { values.count }
    var isAtEnd: Bool { currentIndex == values.count }

    mutating func decodeNil() throws -> Bool {
        guard try next(consuming: false) == .null else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let path = codingPath + [IndexKey(currentIndex)]
        return try WireDecoder.decode(type, from: try next(), at: path)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { try nested().container(keyedBy: type) }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try nested().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { try nested() }

    private mutating func nested() throws -> WireDecoder {
        let path = codingPath + [IndexKey(currentIndex)]
        return WireDecoder(value: try next(), codingPath: path)
    }

    private mutating func next(consuming: Bool = true) throws -> MessagePackValue {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                Any.self, .init(codingPath: codingPath, debugDescription: "the list is at its end"))
        }
        defer { if consuming { currentIndex += 1 } }
        return values[currentIndex]
    }
}

private struct SingleWireDecoder: SingleValueDecodingContainer {
    let value: MessagePackValue
    let codingPath: [any CodingKey]

    func decodeNil() -> Bool { value == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        if case .bool(let flag) = value { flag } else { throw mismatch(type, value, codingPath) }
    }

    func decode(_ type: String.Type) throws -> String {
        if case .string(let text) = value { text } else { throw mismatch(type, value, codingPath) }
    }

    func decode(_ type: Double.Type) throws -> Double {
        switch value {
        case .double(let number): return number
        case .int(let number): return Double(number)
        case .uint(let number): return Double(number)
        default: throw mismatch(type, value, codingPath)
        }
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try WireDecoder.decode(type, from: value, at: codingPath)
    }

    private func integer<Number: FixedWidthInteger>() throws -> Number {
        let number: Number? =
            switch value {
            case .int(let number): Number(exactly: number)
            case .uint(let number): Number(exactly: number)
            default: nil
            }
        guard let number else { throw mismatch(Number.self, value, codingPath) }
        return number
    }
}
