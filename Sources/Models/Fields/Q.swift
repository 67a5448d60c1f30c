// SPDX-License-Identifier: Apache-2.0

/// A condition on rows (Django's `Q`): comparisons put together with `&&`, `||` and `!`.
public struct Q: Sendable {
    let predicate: QueryPredicate

    init(_ predicate: QueryPredicate) { self.predicate = predicate }

    /// True for each row.
    public static var always: Q { Q(.always) }

    /// A condition in SQL. What is interpolated is bound, or named if it is an expression; never pasted.
    public static func sql(_ sql: SQL) -> Q { Q(.boolean(.raw([.sql("(")] + sql.pieces + [.sql(")")], .boolean))) }

    /// Whether a query has a row; `outer` in it refers to the query around it.
    public static func exists<Source: Queryable>(_ query: Source) -> Q { Q(.boolean(.exists(query.querySet.tree))) }

    /// Both.
    public static func && (left: Q, right: Q) -> Q {
        if case .and(let parts) = left.predicate { return Q(.and(parts + [right.predicate])) }
        return Q(.and([left.predicate, right.predicate]))
    }

    /// One or both.
    public static func || (left: Q, right: Q) -> Q {
        if case .or(let parts) = left.predicate { return Q(.or(parts + [right.predicate])) }
        return Q(.or([left.predicate, right.predicate]))
    }

    /// One, not both.
    public static func ^ (left: Q, right: Q) -> Q { Q(.xor([left.predicate, right.predicate])) }

    /// Not.
    public static prefix func ! (condition: Q) -> Q { Q(.not(condition.predicate)) }

    /// The condition as a column of truth values.
    public var expression: Expr<Bool> { Expr(.condition(predicate)) }
}
