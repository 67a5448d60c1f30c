// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// A type that a column can hold: what a property of a model is, and what an expression gives.
///
/// A type that may be missing is an optional one; nothing else decides whether NULL is accepted.
public protocol ColumnValue: Sendable {
    /// The type of a value that is there: `String` for `String?`.
    associatedtype Present: ColumnValue where Present.Present == Present
    /// Reads a value; throws `ModelError` with the code `.value` for one that does not fit.
    init(columnValue: Value) throws
    /// What is bound in a statement.
    var columnValue: Value { get }
    /// Reads a column of the current row; by default through `init(columnValue:)`.
    static func read(_ column: Int, of reader: RowReader, _ kind: FieldKind?) throws -> Self
}

extension ColumnValue {
    /// Reads the column as a value first.
    public static func read(_ column: Int, of reader: RowReader, _ kind: FieldKind?) throws -> Self {
        try Self(columnValue: try reader.value(column, kind))
    }

    static func misfit(_ value: Value) -> ModelError { ModelError(.value, "\(value) is no \(Self.self)") }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
    /// The wrapped type's.
    public typealias Present = Wrapped.Present
    /// NULL is nil.
    public init(columnValue: Value) throws {
        self = columnValue.isNull ? nil : try Wrapped(columnValue: columnValue)
    }
    /// nil is NULL.
    public var columnValue: Value { self?.columnValue ?? .null }
    /// NULL is nil.
    public static func read(_ column: Int, of reader: RowReader, _ kind: FieldKind?) throws -> Self {
        reader.isNull(column) ? nil : try Wrapped.read(column, of: reader, kind)
    }
}

extension ColumnValue where Self: FixedWidthInteger {
    /// A whole number that fits.
    public init(columnValue: Value) throws {
        guard case .int(let number) = try columnValue.prepared(for: .bigInteger), let own = Self(exactly: number) else {
            throw Self.misfit(columnValue)
        }
        self = own
    }
    /// A whole number.
    public var columnValue: Value { .int(Int64(self)) }
    /// Straight from the driver.
    public static func read(_ column: Int, of reader: RowReader, _ kind: FieldKind?) throws -> Self {
        guard !reader.isNull(column), let own = Self(exactly: reader.int(column)) else {
            throw misfit(try reader.value(column, kind))
        }
        return own
    }
}

extension Int: ColumnValue {
    /// Itself.
    public typealias Present = Int
}
extension Int16: ColumnValue {
    /// Itself.
    public typealias Present = Int16
}
extension Int32: ColumnValue {
    /// Itself.
    public typealias Present = Int32
}
extension Int64: ColumnValue {
    /// Itself.
    public typealias Present = Int64
}

extension String: ColumnValue {
    /// Itself.
    public typealias Present = String
    /// A text; other values as people write them.
    public init(columnValue: Value) throws {
        guard !columnValue.isNull else { throw Self.misfit(columnValue) }
        self = columnValue.plainText
    }
    /// A text.
    public var columnValue: Value { .text(self) }
    /// Straight from the driver.
    public static func read(_ column: Int, of reader: RowReader, _ kind: FieldKind?) throws -> String {
        guard !reader.isNull(column) else { throw misfit(.null) }
        return reader.text(column)
    }
}

extension Bool: ColumnValue {
    /// Itself.
    public typealias Present = Bool
    /// A truth value, or 0 or 1.
    public init(columnValue: Value) throws {
        guard case .bool(let flag) = try columnValue.prepared(for: .boolean) else { throw Self.misfit(columnValue) }
        self = flag
    }
    /// A truth value.
    public var columnValue: Value { .bool(self) }
}

extension Double: ColumnValue {
    /// Itself.
    public typealias Present = Double
    /// A number.
    public init(columnValue: Value) throws {
        guard case .double(let number) = try columnValue.prepared(for: .float) else { throw Self.misfit(columnValue) }
        self = number
    }
    /// A number.
    public var columnValue: Value { .double(self) }
}

extension ExactDecimal: ColumnValue {
    /// Itself.
    public typealias Present = ExactDecimal
    /// A number whose digits are known.
    public init(columnValue: Value) throws {
        guard case .decimal(let number) = try columnValue.prepared(for: .decimal(digits: 38, places: 20)) else {
            throw Self.misfit(columnValue)
        }
        self = number
    }
    /// A number.
    public var columnValue: Value { .decimal(self) }
}

extension Day: ColumnValue {
    /// Itself.
    public typealias Present = Day
    /// A day.
    public init(columnValue: Value) throws {
        guard case .day(let day) = try columnValue.prepared(for: .date) else { throw Self.misfit(columnValue) }
        self = day
    }
    /// A day.
    public var columnValue: Value { .day(self) }
}

extension Timestamp: ColumnValue {
    /// Itself.
    public typealias Present = Timestamp
    /// A moment.
    public init(columnValue: Value) throws {
        guard case .timestamp(let time) = try columnValue.prepared(for: .dateTime) else {
            throw Self.misfit(columnValue)
        }
        self = time
    }
    /// A moment.
    public var columnValue: Value { .timestamp(self) }
}

extension ClockTime: ColumnValue {
    /// Itself.
    public typealias Present = ClockTime
    /// A time of day.
    public init(columnValue: Value) throws {
        guard case .time(let time) = try columnValue.prepared(for: .time) else { throw Self.misfit(columnValue) }
        self = time
    }
    /// A time of day.
    public var columnValue: Value { .time(self) }
}

extension Duration: ColumnValue {
    /// Itself.
    public typealias Present = Duration
    /// A length of time; columns count microseconds.
    public init(columnValue: Value) throws {
        guard case .duration(let length) = try columnValue.prepared(for: .duration) else {
            throw Self.misfit(columnValue)
        }
        self = .microseconds(length)
    }
    /// Whole microseconds.
    public var columnValue: Value {
        .duration(components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000)
    }
}

extension UUID: ColumnValue {
    /// Itself.
    public typealias Present = UUID
    /// A UUID, or a text that is one.
    public init(columnValue: Value) throws {
        guard case .uuid(let id) = try columnValue.prepared(for: .uuid) else { throw Self.misfit(columnValue) }
        self = id
    }
    /// A UUID.
    public var columnValue: Value { .uuid(self) }
}

extension JSONValue: ColumnValue {
    /// Itself.
    public typealias Present = JSONValue
    /// A value of JSON; SQL's NULL is none.
    public init(columnValue: Value) throws {
        guard case .json(let json) = columnValue else { throw Self.misfit(columnValue) }
        self = json
    }
    /// A value of JSON.
    public var columnValue: Value { .json(self) }
}

extension [UInt8]: ColumnValue {
    /// Itself.
    public typealias Present = [UInt8]
    /// Bytes.
    public init(columnValue: Value) throws {
        guard case .bytes(let bytes) = columnValue else { throw Self.misfit(columnValue) }
        self = bytes
    }
    /// Bytes.
    public var columnValue: Value { .bytes(self) }
}
