// SPDX-License-Identifier: Apache-2.0

/// The values that a column may have, as an enum, each with what people read (Django's `choices`).
public protocol Choices: ColumnValue, RawRepresentable, CaseIterable, Hashable
where RawValue: ColumnValue, Present == Self {
    /// What people read (`get_FOO_display()`).
    var label: String { get }
}

extension Choices {
    /// One of the cases; any other value is an error.
    public init(columnValue: Value) throws {
        guard let own = Self(rawValue: try RawValue(columnValue: columnValue)) else {
            throw ModelError(.value, "\(columnValue) is no \(Self.self)")
        }
        self = own
    }
    /// The raw value.
    public var columnValue: Value { rawValue.columnValue }
    /// For the declaration of a field.
    public static var choices: [Choice] { allCases.map { Choice($0.columnValue, $0.label) } }
}
