// SPDX-License-Identifier: Apache-2.0

/// Which characters a capture takes: a set of ASCII characters, and all or none of the others.
///
/// Two machine words, so that matching looks at bytes of UTF-8 and never decodes them.
public struct PathCharacters: Sendable, Hashable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    private var includesOthers = false

    /// The given ASCII characters; those beyond ASCII are ignored (see ``allExcept(_:)``).
    public init(_ characters: String) {
        for byte in characters.utf8 where byte < 0x80 { insert(byte) }
    }

    /// Every character of Unicode but the given ASCII ones.
    public static func allExcept(_ characters: String) -> Self {
        var excluded = Self(characters)
        excluded.low = ~excluded.low
        excluded.high = ~excluded.high
        excluded.includesOthers = true
        return excluded
    }

    /// `[0-9]`.
    public static let digits = Self("0123456789")
    /// `[0-9a-f]`.
    public static let lowercaseHexadecimal = Self("0123456789abcdef")
    /// `[-a-zA-Z0-9_]`, Django's slugs.
    public static let slug = Self("-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    /// `[^/]`: a segment of a path.
    public static let segment = allExcept("/")
    /// `.` of Python's regular expressions: everything but a line feed.
    public static let line = allExcept("\n")

    /// Whether a character whose UTF-8 form has this byte is in the set.
    func contains(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<64: low & (1 << UInt64(byte)) != 0
        case 64..<128: high & (1 << UInt64(byte - 64)) != 0
        default: includesOthers
        }
    }

    /// Whether a character is in the set.
    func contains(_ scalar: Unicode.Scalar) -> Bool {
        contains(scalar.isASCII ? UInt8(truncatingIfNeeded: scalar.value) : 0x80)
    }

    /// Whether the characters beyond ASCII are in the set.
    var containsOthers: Bool { includesOthers }

    /// The ASCII characters of the set.
    var ascii: Self {
        var ascii = self
        ascii.includesOthers = false
        return ascii
    }

    private mutating func insert(_ byte: UInt8) {
        if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
    }
}

/// What text a path converter takes, before it reads it: the part of a Django converter's `regex`.
///
/// Deliberately less than a regular expression: every path is matched in time linear to its length.
public struct PathShape: Sendable, Hashable {
    enum Form: Sendable, Hashable {
        case run(PathCharacters)
        case sequence([PathCharacters])
    }

    let form: Form

    /// Whether a text has the shape.
    func takes(_ text: Substring.UTF8View) -> Bool {
        switch form {
        case .run(let characters): !text.isEmpty && text.allSatisfy { characters.contains($0) }
        case .sequence(let sets):
            text.count == sets.count && zip(text, sets).allSatisfy { $0 < 0x80 && $1.contains($0) }
        }
    }

    /// One or more characters of a set, as many as possible.
    public static func oneOrMore(of characters: PathCharacters) -> Self {
        Self(form: .run(characters))
    }

    /// A fixed number of characters, each of its own set. Only ASCII characters are taken.
    public static func sequence(_ characters: [PathCharacters]) -> Self {
        Self(form: .sequence(characters))
    }
}
