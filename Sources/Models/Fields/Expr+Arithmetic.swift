// SPDX-License-Identifier: Apache-2.0

/// A column that can be computed with.
public protocol NumericColumn: ColumnValue {
    /// What an average of it is.
    associatedtype Average: ColumnValue
}
extension Int: NumericColumn {
    /// A fraction.
    public typealias Average = Double
}
extension Int16: NumericColumn {
    /// A fraction.
    public typealias Average = Double
}
extension Int32: NumericColumn {
    /// A fraction.
    public typealias Average = Double
}
extension Int64: NumericColumn {
    /// A fraction.
    public typealias Average = Double
}
extension Double: NumericColumn {
    /// A fraction.
    public typealias Average = Double
}
extension ExactDecimal: NumericColumn {
    /// A decimal.
    public typealias Average = ExactDecimal
}

extension Expr where V.Present: NumericColumn {
    private static func make(_ left: Expr, _ operation: ArithmeticOperator, _ right: QueryExpression) -> Expr {
        Expr(.arithmetic(left.expression, operation, right))
    }

    /// The sum.
    public static func + (left: Expr, right: V.Present) -> Expr { make(left, .add, .value(right.columnValue)) }
    /// The sum.
    public static func + (left: Expr, right: Expr) -> Expr { make(left, .add, right.expression) }
    /// The difference.
    public static func - (left: Expr, right: V.Present) -> Expr { make(left, .subtract, .value(right.columnValue)) }
    /// The difference.
    public static func - (left: Expr, right: Expr) -> Expr { make(left, .subtract, right.expression) }
    /// The product.
    public static func * (left: Expr, right: V.Present) -> Expr { make(left, .multiply, .value(right.columnValue)) }
    /// The product.
    public static func * (left: Expr, right: Expr) -> Expr { make(left, .multiply, right.expression) }
    /// The quotient; of whole numbers a whole number.
    public static func / (left: Expr, right: V.Present) -> Expr { make(left, .divide, .value(right.columnValue)) }
    /// The quotient; of whole numbers a whole number.
    public static func / (left: Expr, right: Expr) -> Expr { make(left, .divide, right.expression) }
    /// The rest of a division.
    public static func % (left: Expr, right: V.Present) -> Expr { make(left, .modulo, .value(right.columnValue)) }
    /// The rest of a division.
    public static func % (left: Expr, right: Expr) -> Expr { make(left, .modulo, right.expression) }
    /// To the power of a number.
    public func power(_ exponent: V.Present) -> Expr { Self.make(self, .power, .value(exponent.columnValue)) }

    /// Without its sign.
    public var abs: Expr { Expr(.function(FunctionCall("Abs", [expression]))) }
    /// Rounded to so many places.
    public func round(_ places: Int = 0) -> Expr {
        Expr(.function(FunctionCall("Round", [expression, .value(.int(Int64(places)))])))
    }
}
