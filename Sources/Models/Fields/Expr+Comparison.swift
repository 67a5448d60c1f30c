// SPDX-License-Identifier: Apache-2.0

extension Expr {
    /// Equal; nil asks whether it is missing.
    public static func == (left: Expr, right: V) -> Q { left.compare("exact", .value(right.columnValue)) }
    /// Equal to what another expression gives; missing values are equal to nothing.
    public static func == <W>(left: Expr, right: Expr<W>) -> Q where W.Present == V.Present {
        left.compare("exact", .expression(right.expression))
    }
    /// Not equal, or missing (Django's `exclude`).
    public static func != (left: Expr, right: V) -> Q { !(left == right) }
    /// Not equal to what another expression gives.
    public static func != <W>(left: Expr, right: Expr<W>) -> Q where W.Present == V.Present { !(left == right) }

    /// Less.
    public static func < (left: Expr, right: V.Present) -> Q { left.compare("lt", .value(right.columnValue)) }
    /// Less than another expression.
    public static func < <W>(left: Expr, right: Expr<W>) -> Q where W.Present == V.Present {
        left.compare("lt", .expression(right.expression))
    }
    /// Less or equal.
    public static func <= (left: Expr, right: V.Present) -> Q { left.compare("lte", .value(right.columnValue)) }
    /// Less than or equal to another expression.
    public static func <= <W>(left: Expr, right: Expr<W>) -> Q where W.Present == V.Present {
        left.compare("lte", .expression(right.expression))
    }
    /// Greater.
    public static func > (left: Expr, right: V.Present) -> Q { left.compare("gt", .value(right.columnValue)) }
    /// Greater than another expression.
    public static func > <W>(left: Expr, right: Expr<W>) -> Q where W.Present == V.Present {
        left.compare("gt", .expression(right.expression))
    }
    /// Greater or equal.
    public static func >= (left: Expr, right: V.Present) -> Q { left.compare("gte", .value(right.columnValue)) }
    /// Greater than or equal to another expression.
    public static func >= <W>(left: Expr, right: Expr<W>) -> Q where W.Present == V.Present {
        left.compare("gte", .expression(right.expression))
    }

    /// One of these; of none of them if there are none.
    public func `in`(_ values: some Sequence<V.Present>) -> Q {
        compare("in", .value(.list(values.map(\.columnValue))))
    }
    /// One of the values of a query of one column.
    public func `in`<Root, W>(_ query: ValuesQuerySet<Root, W>) -> Q where W: ColumnValue, W.Present == V.Present {
        compare("in", .query(query.tree))
    }
    /// From one value to another, both included (SQL's `BETWEEN`).
    public func range(_ range: ClosedRange<V.Present>) -> Q where V.Present: Comparable {
        self.range(range.lowerBound, range.upperBound)
    }
    /// From one value to another, both included (SQL's `BETWEEN`).
    public func range(_ first: V.Present, _ last: V.Present) -> Q {
        compare("range", .value(.list([first.columnValue, last.columnValue])))
    }
    /// Whether there is no value.
    public var isNull: Q { compare("isnull", .value(true)) }
    /// Whether there is a value.
    public var isNotNull: Q { compare("isnull", .value(false)) }
}

extension Expr where V.Present == String {
    /// Contains a text; letters in upper and lower case are different.
    public func contains(_ text: String) -> Q { compare("contains", .value(.text(text))) }
    /// Contains a text, whatever the case of letters.
    public func icontains(_ text: String) -> Q { compare("icontains", .value(.text(text))) }
    /// Begins with a text.
    public func startsWith(_ text: String) -> Q { compare("startswith", .value(.text(text))) }
    /// Begins with a text, whatever the case of letters.
    public func istartsWith(_ text: String) -> Q { compare("istartswith", .value(.text(text))) }
    /// Ends with a text.
    public func endsWith(_ text: String) -> Q { compare("endswith", .value(.text(text))) }
    /// Ends with a text, whatever the case of letters.
    public func iendsWith(_ text: String) -> Q { compare("iendswith", .value(.text(text))) }
    /// Equal, whatever the case of letters.
    public func iexact(_ text: String) -> Q { compare("iexact", .value(.text(text))) }
    /// Contains a text that another expression gives.
    public func contains<W>(_ other: Expr<W>) -> Q where W.Present == String {
        compare("contains", .expression(other.expression))
    }
    /// Begins with a text that another expression gives.
    public func startsWith<W>(_ other: Expr<W>) -> Q where W.Present == String {
        compare("startswith", .expression(other.expression))
    }
}

extension Expr {
    /// A part of the value as a text matches a regular expression of the database.
    public func regex(_ pattern: String) -> Q { compare("regex", .value(.text(pattern))) }
    /// The same, whatever the case of letters.
    public func iregex(_ pattern: String) -> Q { compare("iregex", .value(.text(pattern))) }
}
