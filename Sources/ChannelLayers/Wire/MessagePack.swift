// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// Codable values as MessagePack, in the dialect of Python's `msgpack`: for what brokers keep beside events.
public enum MessagePack {
    /// A value's bytes.
    ///
    /// - Throws: what the value's own `encode(to:)` throws; `EncodingError` for values deeper than 64 in each other.
    public static func encode(_ value: some Encodable) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        MessagePackWriter.write(try WireEncoder.encode(value), into: &buffer)
        return buffer
    }

    /// The value that bytes stand for; bytes behind it are an error.
    ///
    /// - Throws: `DecodingError`, and an error of its own for bytes that are no MessagePack or deeper than 64.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        try WireDecoder.decode(type, from: try MessagePackReader.read(bytes))
    }
}
