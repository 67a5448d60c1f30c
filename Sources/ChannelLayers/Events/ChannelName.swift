// SPDX-License-Identifier: Apache-2.0

/// The name of a channel: of one consumer (`specific.<process>!<id>`, made by the layer), or of a queue that workers
/// take from (`thumbnails`, chosen by the application).
///
/// As in Channels: ASCII letters, digits, `-`, `_`, `.`, one `!` in names made by a layer; under 100 characters.
public struct ChannelName: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name as text.
    public let rawValue: String

    /// A name from text; whether it is valid is checked by the layer that it is given to.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// A name as a literal.
    public init(stringLiteral value: String) {
        self.rawValue = value
    }

    /// The name as text.
    public var description: String { rawValue }

    /// Whether the name belongs to one process (it has a `!`).
    public var isLocal: Bool { rawValue.utf8.contains(UInt8(ascii: "!")) }

    func validate() throws(LayerError) {
        let bytes = rawValue.utf8
        var marks = 0
        let valid = bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                return true
            case UInt8(ascii: "!"):
                marks += 1
                return marks == 1
            default:
                return false
            }
        }
        guard valid, !bytes.isEmpty, bytes.count < 100, bytes.first != UInt8(ascii: "!") else {
            throw LayerError(
                .invalidName,
                "a channel name has only ASCII letters, digits, '-', '_', '.' (and one '!') and is under 100 characters; "
                    + "'\(rawValue.prefix(40))' is not")
        }
    }
}
