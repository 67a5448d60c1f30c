// SPDX-License-Identifier: Apache-2.0

/// What `<name:capture>` in a path pattern takes and what it makes of it: Django's path converters.
///
/// The five standard ones are values of ``StandardConverter``; a router is given others by its `converters` parameter.
public protocol PathConverter: Sendable {
    /// The name in patterns: letters, digits and underscores.
    var name: String { get }

    /// The text that it takes.
    var shape: PathShape { get }

    /// The value of a text of that shape (Django's `to_python`); `nil` when it is none: the route does not match then.
    func parse(_ text: Substring) -> (any Sendable)?

    /// The text of a value, for reverse lookup (Django's `to_url`); `nil` when this converter could not have made it.
    func format(_ value: any Sendable) -> String?
}

extension PathConverter {
    /// The value's description, if ``parse(_:)`` accepts it.
    public func format(_ value: any Sendable) -> String? {
        let text = value as? String ?? String(describing: value)
        return parse(text[...]) == nil ? nil : text
    }
}

/// Django's converters (`django/urls/converters.py`): `int`, `str`, `slug`, `uuid` and `path`.
public struct StandardConverter: PathConverter {
    private enum Value: Sendable { case int, text }

    /// The name in patterns.
    public let name: String
    /// The text that it takes.
    public let shape: PathShape
    private let value: Value

    /// `[0-9]+` as an `Int`; a number too large for one does not match.
    public static let int = Self(name: "int", shape: .oneOrMore(of: .digits), value: .int)
    /// `[^/]+` as a `String`; the converter of a capture that names none.
    public static let str = Self(name: "str", shape: .oneOrMore(of: .segment), value: .text)
    /// `[-a-zA-Z0-9_]+` as a `String`.
    public static let slug = Self(name: "slug", shape: .oneOrMore(of: .slug), value: .text)
    /// The lower-case form with hyphens, 8-4-4-4-12, as a `String` (Core does without Foundation's `UUID`).
    public static let uuid = Self(name: "uuid", shape: .sequence(uuidForm), value: .text)
    /// `.+` as a `String`: the only one that takes slashes. A line feed is not taken.
    public static let path = Self(name: "path", shape: .oneOrMore(of: .line), value: .text)

    /// All five.
    public static let all: [StandardConverter] = [int, str, slug, uuid, path]

    /// An `Int` for ``int``, else the text itself; `nil` when the text has not the shape or the number is too large.
    public func parse(_ text: Substring) -> (any Sendable)? {
        switch value {
        case .int: shape.takes(text.utf8) ? Int(text) : nil
        case .text: shape.takes(text.utf8) ? String(text) : nil
        }
    }

    private static let uuidForm = Array(
        [8, 4, 4, 4, 12]
            .map { Array(repeating: PathCharacters.lowercaseHexadecimal, count: $0) }
            .joined(separator: [PathCharacters("-")]))
}
