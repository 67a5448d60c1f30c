// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCrypto

/// A name of one state of a resource (RFC 9110 §8.8.3): equal strong tags mean equal bytes.
struct EntityTag: Sendable, Hashable {
    /// The tag with its quotes.
    let opaque: String
    /// Whether it says only that two states mean the same.
    let isWeak: Bool

    /// The tag as a field has it.
    var text: String { isWeak ? "W/" + opaque : opaque }

    /// The same tag for bytes that mean the same, such as compressed ones.
    var weakened: EntityTag { EntityTag(opaque: opaque, isWeak: true) }

    /// A strong tag.
    ///
    /// - Parameter unquoted: characters that may stand between the quotes.
    init(unquoted: String) {
        self.init(opaque: "\"\(unquoted)\"", isWeak: false)
    }

    /// A tag of bytes: half of their SHA-256.
    init(of bytes: ByteBuffer) {
        let hash = bytes.withUnsafeReadableBytes { SHA256.hash($0) }
        self.init(unquoted: Base64URL.encode(Array(hash.prefix(16))))
    }

    /// Reads an `ETag` field; nil for what is no tag.
    init?(_ field: String) {
        var rest = field.utf8[...]
        guard let tag = EntityTag(readingFrom: &rest), rest.isEmpty else { return nil }
        self = tag
    }

    private init(opaque: String, isWeak: Bool) {
        (self.opaque, self.isWeak) = (opaque, isWeak)
    }

    /// Takes a tag off the beginning of a text; nil, and anything taken, when there is none.
    init?(readingFrom rest: inout Substring.UTF8View) {
        let isWeak = rest.first == UInt8(ascii: "W")
        if isWeak {
            guard rest.dropFirst().first == UInt8(ascii: "/") else { return nil }
            rest = rest.dropFirst(2)
        }
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        let content = rest.dropFirst().prefix { $0 == 0x21 || $0 > 0x22 && $0 != 0x7f }
        guard content.endIndex != rest.endIndex, rest[content.endIndex] == UInt8(ascii: "\"") else { return nil }
        self.init(opaque: "\"\(Substring(content))\"", isWeak: isWeak)
        rest = rest[rest.index(after: content.endIndex)...]
    }
}

/// The tags of `If-Match` and `If-None-Match` (RFC 9110 §13.1.1, §13.1.2).
enum EntityTagList: Sendable, Hashable {
    /// `*`: any state that there is.
    case any
    /// Those that stand in front of the first that cannot be read.
    case tags([EntityTag])

    /// Reads a field.
    init(_ field: String) {
        var rest = field.utf8[...]
        var tags: [EntityTag] = []
        while true {
            rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: ",") }
            if tags.isEmpty, rest.elementsEqual([UInt8(ascii: "*")]) {
                self = .any
                return
            }
            guard let tag = EntityTag(readingFrom: &rest) else { break }
            tags.append(tag)
        }
        self = .tags(tags)
    }

    /// Whether one of them is the same state, byte by byte; `tag` is nil where the state has none.
    func containsStrongly(_ tag: EntityTag?) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0 == tag && !$0.isWeak }
        }
    }

    /// Whether one of them means the same; `tag` is nil where the state has none.
    func containsWeakly(_ tag: EntityTag?) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0.opaque == tag?.opaque }
        }
    }
}
