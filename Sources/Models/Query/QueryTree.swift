// SPDX-License-Identifier: Apache-2.0

/// A set of rows that has not been asked for: the steps of a query, in the order in which they were written.
///
/// It is an immutable value; each builder method gives another one. Nothing is checked here: the resolver replays the
/// steps against the schema with Django's meaning of each, and says what is wrong with them.
public struct QueryTree: Sendable {
    /// The label of the model.
    public let model: String
    /// What was written, in its order.
    public private(set) var steps: [Step]
    /// The database that it asks, if it was named.
    public var database: String?
    /// The database of the object that it starts from: it is asked where no router says otherwise.
    var hint: String?

    /// One step of a query.
    public indirect enum Step: Sendable {
        case filter(QueryPredicate)
        case exclude(QueryPredicate)
        /// The core of a related manager's set: the next filter is about the same related rows.
        case stickyFilter(QueryPredicate)
        /// Names and expressions; without `select` they are only for use in other steps (`alias()`).
        case annotate([(name: String, expression: QueryExpression)], select: Bool = true)
        case filteredRelation(name: String, path: LookupPath, QueryPredicate)
        case values([ValuesItem])
        case order([Ordering])
        /// No order, not even the model's own.
        case clearOrder
        case reverse
        /// No two equal rows; with names, the first row for each of their values.
        case distinct([String])
        /// So many rows after so many; nil for all.
        case slice(offset: Int, limit: Int?)
        /// References to load with each row; nil for all that cannot be missing.
        case selectRelated([String]?)
        case clearSelectRelated
        case prefetch([Prefetch])
        case clearPrefetch
        case only([String])
        case `defer`([String])
        case clearDefer
        case none
        case lock(Lock)
        case merge(isOr: Bool, QueryTree)
        case compound(CompoundKind, [QueryTree])
        /// The days or times of a column, cut to a unit, each once (`dates()`, `datetimes()`).
        case dates(LookupPath, unit: String, isTime: Bool, descending: Bool, timeZone: String?)
        case extra(Extra)
    }

    /// All rows of a model.
    public init(_ model: String) {
        self.model = model
        steps = []
    }

    /// The same set, with one more step.
    public func adding(_ step: Step) -> QueryTree {
        var tree = self
        tree.steps.append(step)
        return tree
    }

    /// Rows that a condition is true for.
    public func filter(_ predicate: QueryPredicate) -> QueryTree { adding(.filter(predicate)) }
}

/// One column of `values()`: a path by its name, or an expression with a name.
public enum ValuesItem: Sendable {
    case path(LookupPath)
    case expression(name: String, QueryExpression)
}

/// How two queries become one.
public enum CompoundKind: Sendable, Hashable {
    case union
    case unionAll
    case intersection
    case difference
}

/// Rows that are loaded for all rows of a set by one more statement.
public struct Prefetch: Sendable {
    /// The relation, over several models if need be.
    public var path: LookupPath
    /// Which of them, in which order, how many for each parent; nil for all.
    public var query: QueryTree?
    /// Another name to keep them under.
    public var name: String?

    /// The rows of a relation.
    public init(_ path: LookupPath, _ query: QueryTree? = nil, name: String? = nil) {
        self.path = path
        self.query = query
        self.name = name
    }
}

/// How rows are locked until the end of the transaction.
public struct Lock: Sendable, Hashable {
    /// What happens if somebody else has locked a row.
    public enum Wait: Sendable, Hashable { case wait, fail, skip }
    /// What happens if somebody else has locked a row.
    public var wait = Wait.wait
    /// The references whose rows are locked, `self` for the model's own; empty for all.
    public var of: [String] = []
    /// Whether rows that only refer to these may still be written (`FOR NO KEY UPDATE`).
    public var isNoKey = false

    /// Waits for others.
    public init(_ wait: Wait = .wait, of: [String] = [], noKey: Bool = false) {
        self.wait = wait
        self.of = of
        isNoKey = noKey
    }
}

/// Pieces of raw SQL in a query (`extra()`); values are bound.
public struct Extra: Sendable {
    /// Columns with their names.
    public var select: [(name: String, sql: [RawPiece])] = []
    /// Conditions, all of which hold.
    public var conditions: [[RawPiece]] = []
    /// More tables, with all of their rows.
    public var tables: [String] = []
    /// The order, by names.
    public var order: [String] = []

    /// Nothing; the pieces are set afterwards.
    public init() {}
}
