// SPDX-License-Identifier: Apache-2.0

/// What an expression is. Not inside `Expr`: the compiler (6.3.1) crashes on a generic enum in a loop over a pack.
private enum ExprForm {
    case path([String], transforms: [Transform])
    case expression(QueryExpression)
}

/// A value that the database computes for each row: a column, possibly across relations, or what is made of columns.
///
/// Its type says what rows of a result hold, and what it can be compared with. There are no operators on anything but
/// `Expr`, and no literals of it, so that the compiler is quick and its messages are about the right thing.
public struct Expr<V: ColumnValue>: Sendable {
    private let form: ExprForm

    init(names: [String], transforms: [Transform] = []) { form = .path(names, transforms: transforms) }
    init(_ expression: QueryExpression) { form = .expression(expression) }

    /// A value that is the same for each row.
    public init(_ value: V) { form = .expression(.value(value.columnValue)) }

    /// An expression in SQL; what is interpolated is bound, or named if it is an expression.
    public static func sql(_ sql: SQL) -> Expr { Expr(.raw([.sql("(")] + sql.pieces + [.sql(")")], nil)) }

    /// For the query tree.
    var expression: QueryExpression {
        switch form {
        case .expression(let expression): expression
        case .path(let names, let transforms):
            .path(
                LookupPath(
                    names
                        + transforms.map { step in
                            switch step {
                            case .named(let name): name
                            case .key(let key): key
                            }
                        }))
        }
    }

    /// The path of a plain column; nil for everything else.
    var plainPath: LookupPath? {
        if case .path(let names, let transforms) = form, transforms.isEmpty { LookupPath(names) } else { nil }
    }

    /// The name of a field of the model itself; nil for everything else.
    var fieldName: String? { plainPath.flatMap { $0.names.count == 1 ? $0.names[0] : nil } }

    /// The same, of another type: the database is not told.
    func retyped<W>(_ type: W.Type = W.self) -> Expr<W> {
        switch form {
        case .path(let names, let transforms): Expr<W>(names: names, transforms: transforms)
        case .expression(let expression): Expr<W>(expression)
        }
    }

    /// A look-up on it by its name in Django.
    func compare(_ lookup: String, _ operand: Operand) -> Q {
        switch form {
        case .path(let names, let transforms):
            Q(.compare(LookupPath(names), transforms: transforms, lookup, operand))
        case .expression(let expression): Q(.expression(expression, lookup, operand))
        }
    }

    /// One more step on the value.
    func transformed<W>(_ step: Transform, function: String, _ type: W.Type = W.self) -> Expr<W> {
        switch form {
        case .path(let names, let transforms): Expr<W>(names: names, transforms: transforms + [step])
        case .expression(let expression): Expr<W>(.function(FunctionCall(function, [expression])))
        }
    }

    /// The same, where it may be missing.
    public var optional: Expr<V.Present?> { retyped() }

    /// Converted by the database (`Cast`).
    public func cast<W: ColumnValue>(as kind: FieldKind, _ type: W.Type = W.self) -> Expr<W> {
        Expr<W>(.cast(expression, kind))
    }
}

/// In a query inside another one: an expression of the other one (Django's `OuterRef`).
public func outer<V>(_ expression: Expr<V>) -> Expr<V> {
    guard case .path(let path) = expression.expression else { return expression }
    return Expr(.outer(path))
}
