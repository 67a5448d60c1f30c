// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// One value on its way to or from a database, whatever the database stores it as.
///
/// Statements bind values, never text: a value is data wherever it stands.
public enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case text(String)
    case bytes([UInt8])
    case decimal(ExactDecimal)
    case day(Day)
    case timestamp(Timestamp)
    case time(ClockTime)
    /// A length of time in microseconds.
    case duration(Int64)
    case uuid(UUID)
    case json(JSONValue)
    /// Several values: the right side of `in`, or the parts of a composite key.
    case list([Value])

    /// Whether it is SQL's NULL.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral
{
    /// An integer.
    public init(integerLiteral value: Int64) { self = .int(value) }
    /// A text.
    public init(stringLiteral value: String) { self = .text(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A floating-point number.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// SQL's NULL.
    public init(nilLiteral: ()) { self = .null }
    /// Several values.
    public init(arrayLiteral elements: Value...) { self = .list(elements) }
}
