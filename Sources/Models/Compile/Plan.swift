// SPDX-License-Identifier: Apache-2.0

/// A compiled query: the statement, and what its columns are.
package struct QueryPlan: Sendable {
    package var statement: Statement
    /// What each column of the result holds.
    package var kinds: [FieldKind?]
    package var rows: RowShape
    package var prefetches: [Prefetch]
    package var model: ModelSchema
    /// Whether it is known that there is no row, so that nothing has to be sent.
    package var isEmpty = false
    package var locksRows = false
}

/// What a row of a result becomes.
package enum RowShape: Sendable {
    /// An object of the model, with annotations after it.
    case object(ObjectShape, annotations: [(name: String, column: Int)])
    /// Columns by name, in the order in which they were asked for.
    case values([(name: String, columns: [Int])])
}

/// Which columns of a result hold an object.
package struct ObjectShape: Sendable {
    package var model: ModelSchema
    /// Pairs of a position among the model's fields and a column of the result.
    package var columns: [(field: Int, column: Int)]
    /// Objects that were loaded with it, by the name on the instance.
    package var related: [(name: String, isReverse: Bool, shape: ObjectShape)]
}
