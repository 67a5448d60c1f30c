// SPDX-License-Identifier: Apache-2.0

/// SQL of the program, as an interpolated literal: values become bound parameters, expressions their columns.
///
/// There is no way from a string at run time to SQL.
public struct SQL: Sendable, ExpressibleByStringInterpolation {
    let pieces: [RawPiece]

    /// SQL without a value.
    public init(stringLiteral value: String) { pieces = [.sql(value)] }

    /// SQL with values.
    public init(stringInterpolation: StringInterpolation) { pieces = stringInterpolation.pieces }

    /// What the compiler puts the pieces together with.
    public struct StringInterpolation: StringInterpolationProtocol {
        var pieces: [RawPiece] = []
        /// Room for the pieces.
        public init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(2 * interpolationCount + 1)
        }
        /// Text of the program.
        public mutating func appendLiteral(_ literal: String) { pieces.append(.sql(literal)) }
        /// A value, which is bound.
        public mutating func appendInterpolation(_ value: some ColumnValue) {
            pieces.append(.value(value.columnValue))
        }
        /// A column or an expression.
        public mutating func appendInterpolation<V>(_ expression: Expr<V>) {
            pieces.append(.expression(expression.expression))
        }
    }
}
