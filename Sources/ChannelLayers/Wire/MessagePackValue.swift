// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A value of MessagePack, the form in which events travel between processes.
///
/// Source: the MessagePack specification, in the dialect of Python's `msgpack` that channels_redis speaks: texts as
/// `str`, octets as `bin`, floats always with 64 bits, integers as short as they get, maps in the order of insertion.
enum MessagePackValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    /// Only what no `Int64` holds.
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes(ByteBuffer)
    case array([MessagePackValue])
    case map([Field])

    /// One entry of a map; keys are texts, as in every message of Channels.
    struct Field: Sendable, Hashable {
        var key: String
        var value: MessagePackValue
    }

    /// The entry of a map under a key; the last one, as in Python, should there be several.
    subscript(key: String) -> MessagePackValue? {
        guard case .map(let fields) = self else { return nil }
        return fields.last { $0.key == key }?.value
    }

    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// An integer of either kind that is not negative.
    var unsigned: UInt64? {
        switch self {
        case .int(let value): UInt64(exactly: value)
        case .uint(let value): value
        default: nil
        }
    }
}

/// Bytes that are no MessagePack, or none that is accepted.
struct MessagePackError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
