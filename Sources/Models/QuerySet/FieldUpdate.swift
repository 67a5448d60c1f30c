// SPDX-License-Identifier: Apache-2.0

/// What a column is set to, in an update or for a row in the middle of a relation.
public struct FieldUpdate<Root: Model>: Sendable {
    let name: String
    let operand: Operand
}

/// Several of them, one below the other.
@resultBuilder
public enum UpdateBuilder<Root: Model> {
    /// One column.
    public static func buildExpression<V>(_ update: ColumnUpdate<V>) -> [FieldUpdate<Root>] {
        [FieldUpdate(name: update.name, operand: update.operand)]
    }
    /// All of them.
    public static func buildBlock(_ parts: [FieldUpdate<Root>]...) -> [FieldUpdate<Root>] { parts.flatMap { $0 } }
    /// Those of a condition in the program, or none.
    public static func buildOptional(_ part: [FieldUpdate<Root>]?) -> [FieldUpdate<Root>] { part ?? [] }
    /// Those of one branch.
    public static func buildEither(first part: [FieldUpdate<Root>]) -> [FieldUpdate<Root>] { part }
    /// Those of the other branch.
    public static func buildEither(second part: [FieldUpdate<Root>]) -> [FieldUpdate<Root>] { part }
}

/// A column and what it is set to.
public struct ColumnUpdate<V>: Sendable {
    let name: String
    let operand: Operand
}

extension Expr {
    /// Sets the column to a value. Only a column of the model itself can be set; anything else is refused when the
    /// update is sent.
    public func set(to value: V) -> ColumnUpdate<V> {
        ColumnUpdate(name: fieldName ?? "", operand: .value(value.columnValue))
    }
    /// Sets the column to what the database computes of the row's old columns.
    public func set<W>(to expression: Expr<W>) -> ColumnUpdate<V> where W.Present == V.Present {
        ColumnUpdate(name: fieldName ?? "", operand: .expression(expression.expression))
    }
}

extension ModelFields {
    /// Sets the reference.
    public func set(to reference: Ref<Root>) -> ColumnUpdate<Ref<Root>> {
        ColumnUpdate(name: path.names.joined(separator: "__"), operand: .value(reference.id.columnValue))
    }
}

extension MaybeOne {
    /// Sets the reference; nil for none.
    public func set(to reference: Ref<Target>?) -> ColumnUpdate<Ref<Target>?> {
        ColumnUpdate(name: path.names.joined(separator: "__"), operand: .value(reference?.id.columnValue ?? .null))
    }
}
