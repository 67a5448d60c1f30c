// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A value of the Redis serialization protocol, versions 2 and 3.
///
/// Source: the protocol's specification, "RESP3".
indirect enum RESPValue: Sendable, Hashable {
    case null
    case simple(String)
    /// A bulk or verbatim string; of a verbatim one without its format.
    case bulk(ByteBuffer)
    case error(String)
    case integer(Int64)
    case double(Double)
    case boolean(Bool)
    case bigNumber(String)
    case array([RESPValue])
    case set([RESPValue])
    /// Keys and values in turns.
    case map([RESPValue])
    /// What the server says on its own, such as the messages of a subscription.
    case push([RESPValue])

    /// A simple or bulk string as text, if it is UTF-8.
    var text: String? {
        switch self {
        case .simple(let text): text
        case .bulk(let bytes): String(validating: bytes.readableBytesView, as: UTF8.self)
        default: nil
        }
    }

    var integer: Int? {
        if case .integer(let number) = self { Int(exactly: number) } else { nil }
    }

    var bytes: ByteBuffer? {
        if case .bulk(let bytes) = self { bytes } else { nil }
    }

    /// A map's value under a key.
    subscript(key: String) -> RESPValue? {
        guard case .map(let parts) = self else { return nil }
        return stride(from: 0, to: parts.count - 1, by: 2).first { parts[$0].text == key }.map { parts[$0 + 1] }
    }

    /// The elements of an array, set or push, or a map's keys and values in turns.
    var elements: [RESPValue]? {
        switch self {
        case .array(let values), .set(let values), .map(let values), .push(let values): values
        default: nil
        }
    }
}
