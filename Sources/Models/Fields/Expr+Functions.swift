// SPDX-License-Identifier: Apache-2.0

extension Expr {
    /// The first of these that is there.
    public func coalesce<W>(_ other: Expr<W>) -> Expr<W> where W.Present == V.Present {
        Expr<W>(.function(FunctionCall("Coalesce", [expression, other.expression])))
    }
    /// The value, or this one in place of a missing one.
    public func coalesce(_ value: V.Present) -> Expr<V.Present> {
        Expr<V.Present>(.function(FunctionCall("Coalesce", [expression, .value(value.columnValue)])))
    }
    /// Missing where it is this value.
    public func nullIf(_ value: V.Present) -> Expr<V.Present?> {
        Expr<V.Present?>(.function(FunctionCall("NullIf", [expression, .value(value.columnValue)])))
    }
    /// The greater one of both.
    public func greatest(_ other: Expr) -> Expr {
        Expr(.function(FunctionCall("Greatest", [expression, other.expression])))
    }
    /// The smaller one of both.
    public func least(_ other: Expr) -> Expr {
        Expr(.function(FunctionCall("Least", [expression, other.expression])))
    }
}

extension Expr where V.Present == String {
    /// In lower case.
    public var lower: Expr { transformed(.named("lower"), function: "Lower") }
    /// In upper case.
    public var upper: Expr { transformed(.named("upper"), function: "Upper") }
    /// Without space at both ends.
    public var trim: Expr { transformed(.named("trim"), function: "Trim") }
    /// How many characters it has; nil for a missing one.
    public var length: Expr<Int?> { transformed(.named("length"), function: "Length") }
    /// So many characters from a position on; the first is 1.
    public func substr(_ position: Int, _ length: Int? = nil) -> Expr {
        var arguments = [expression, .value(.int(Int64(position)))]
        if let length { arguments.append(.value(.int(Int64(length)))) }
        return Expr(.function(FunctionCall("Substr", arguments)))
    }
    /// Both texts; a missing one counts as empty.
    public func concat<W>(_ other: Expr<W>) -> Expr<String> where W.Present == String {
        Expr<String>(.function(FunctionCall("Concat", [expression, other.expression])))
    }
    /// With a text behind it; a missing one counts as empty.
    public func concat(_ text: String) -> Expr<String> {
        Expr<String>(.function(FunctionCall("Concat", [expression, .value(.text(text))])))
    }
    /// With all pieces of one text replaced by another.
    public func replace(_ text: String, with other: String) -> Expr {
        Expr(.function(FunctionCall("Replace", [expression, .value(.text(text)), .value(.text(other))])))
    }
}

/// A column that has a year, a month and a day.
public protocol CalendarColumn: ColumnValue {}
extension Day: CalendarColumn {}
extension Timestamp: CalendarColumn {}

/// A column that has an hour, a minute and a second.
public protocol ClockColumn: ColumnValue {}
extension ClockTime: ClockColumn {}
extension Timestamp: ClockColumn {}

extension Expr where V.Present: CalendarColumn {
    private func part(_ name: String, _ function: String) -> Expr<Int?> {
        transformed(.named(name), function: "Extract\(function)")
    }
    /// The year.
    public var year: Expr<Int?> { part("year", "Year") }
    /// The month, 1 for January.
    public var month: Expr<Int?> { part("month", "Month") }
    /// The day of the month.
    public var day: Expr<Int?> { part("day", "Day") }
    /// The week of the year by ISO 8601.
    public var week: Expr<Int?> { part("week", "Week") }
    /// The day of the week, 1 for Sunday.
    public var weekDay: Expr<Int?> { part("week_day", "WeekDay") }
    /// The day of the week by ISO 8601, 1 for Monday.
    public var isoWeekDay: Expr<Int?> { part("iso_week_day", "IsoWeekDay") }
    /// The year that its week belongs to, by ISO 8601.
    public var isoYear: Expr<Int?> { part("iso_year", "IsoYear") }
    /// The quarter of the year.
    public var quarter: Expr<Int?> { part("quarter", "Quarter") }

    /// Cut to a unit, in a time zone by its IANA name; nil is UTC.
    public func trunc(_ unit: DatePrecision, in timeZone: String? = nil) -> Expr {
        Expr(.function(FunctionCall("Trunc\(unit.function)", [expression], timeZone: timeZone)))
    }
}

extension Expr where V.Present: ClockColumn {
    private func part(_ name: String, _ function: String) -> Expr<Int?> {
        transformed(.named(name), function: "Extract\(function)")
    }
    /// The hour.
    public var hour: Expr<Int?> { part("hour", "Hour") }
    /// The minute.
    public var minute: Expr<Int?> { part("minute", "Minute") }
    /// The second, without its fraction.
    public var second: Expr<Int?> { part("second", "Second") }
}

extension Expr where V.Present == Timestamp {
    /// The day, in UTC.
    public var date: Expr<Day?> { transformed(.named("date"), function: "TruncDate") }
    /// The time of the day, in UTC.
    public var time: Expr<ClockTime?> { transformed(.named("time"), function: "TruncTime") }
}

extension Expr where V.Present == JSONValue {
    /// A member of an object; nil if it is missing or no object.
    public subscript(key: String) -> Expr<JSONValue?> { transformed(.key(key), function: "KT") }
    /// An element of an array.
    public subscript(index: Int) -> Expr<JSONValue?> { transformed(.key(String(index)), function: "KT") }
    /// Whether an object has a member.
    public func hasKey(_ key: String) -> Q { compare("has_key", .value(.text(key))) }
}

/// What days and times are cut to.
public enum DatePrecision: String, Sendable, Hashable {
    case year, quarter, month, week, day, hour, minute, second
    var function: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}

/// Functions that need no column.
extension Expr where V == Timestamp {
    /// What the database's clock says.
    public static var now: Expr { Expr(.function(FunctionCall("Now", []))) }
}

/// A value that depends on conditions (`CASE WHEN`): the first that is true decides.
public func cases<V>(_ cases: (when: Q, then: Expr<V>)..., otherwise: Expr<V>) -> Expr<V> {
    Expr(.cases(cases.map { ($0.when.predicate, $0.then.expression) }, otherwise: otherwise.expression))
}
