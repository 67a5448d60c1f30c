// SPDX-License-Identifier: Apache-2.0

/// What a column or an expression holds: Django's field classes, without what belongs to one column only.
public enum FieldKind: Sendable, Hashable {
    /// A 32-bit key that the database counts (`AutoField`).
    case auto
    /// A 64-bit key that the database counts (`BigAutoField`).
    case bigAuto
    case smallInteger
    case integer
    case bigInteger
    case positiveSmallInteger
    case positiveInteger
    case positiveBigInteger
    case float
    /// Digits in all, and those after the point.
    case decimal(digits: Int, places: Int)
    case boolean
    /// A text of at most so many Unicode scalars.
    case char(Int)
    case text
    case email(Int)
    case url(Int)
    case slug(Int)
    /// The name of a stored file.
    case file(Int)
    case date
    case dateTime
    case time
    /// Microseconds.
    case duration
    case uuid
    case binary
    case json
    case ipAddress
    /// A reference; its column is of the kind of the field that it refers to.
    case reference
    /// A set of references through another table: no column.
    case manyToMany
    /// A key of several fields: no column.
    case composite([String])

    /// Whether it is a whole number.
    public var isInteger: Bool {
        switch self {
        case .auto, .bigAuto, .smallInteger, .integer, .bigInteger, .positiveSmallInteger, .positiveInteger,
            .positiveBigInteger:
            true
        default: false
        }
    }

    /// Whether it is a key that the database counts.
    public var isCounted: Bool { self == .auto || self == .bigAuto }

    /// Whether it is a text.
    public var isText: Bool {
        switch self {
        case .char, .text, .email, .url, .slug, .file: true
        default: false
        }
    }

    /// Whether it is an exact decimal.
    public var isDecimal: Bool {
        if case .decimal = self { true } else { false }
    }

    /// How many Unicode scalars a text may have; nil for no limit.
    public var maxLength: Int? {
        switch self {
        case .char(let length), .email(let length), .url(let length), .slug(let length), .file(let length): length
        default: nil
        }
    }
}
