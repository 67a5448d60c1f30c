// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A line of the file: the message, and where its room's previous message stands.
///
/// The links let a room be read backwards with no more in memory than the place of its last message.
struct MessageRecord: Codable {
    var message: Message
    /// Byte offset of the previous message's line; `nil` for a room's first one.
    var previous: Int?

    private enum Keys: CodingKey { case previous }

    init(message: Message, previous: Int?) {
        self.message = message
        self.previous = previous
    }

    /// Reads a line.
    init(line: ArraySlice<UInt8>) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(line))
    }

    init(from decoder: any Decoder) throws {
        message = try Message(from: decoder)
        previous = try decoder.container(keyedBy: Keys.self).decodeIfPresent(Int.self, forKey: .previous)
    }

    func encode(to encoder: any Encoder) throws {
        try message.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encodeIfPresent(previous, forKey: .previous)
    }

    /// The record as a line, with its line break. JSON has none inside.
    func line() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try [UInt8](encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}
