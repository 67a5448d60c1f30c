// SPDX-License-Identifier: Apache-2.0

extension Queryable {
    private var root: Root.Fields { Root.Fields(path: FieldPath()) }

    /// All of them.
    public func all() -> QuerySet<Root> { querySet }

    /// None of them: no statement is sent.
    public func none() -> QuerySet<Root> { querySet.adding(.none) }

    /// Those that a condition is true for. All parts of one condition are about the same related row.
    public func filter(_ condition: (Root.Fields) -> Q) -> QuerySet<Root> {
        querySet.adding(.filter(condition(root).predicate))
    }

    /// Those that a condition is not true for, also those for which it is unknown because a value is missing.
    public func exclude(_ condition: (Root.Fields) -> Q) -> QuerySet<Root> {
        querySet.adding(.exclude(condition(root).predicate))
    }

    /// In another database than the model's own, by its name.
    public func using(_ database: String) -> QuerySet<Root> {
        var other = querySet
        other.tree.database = database
        return other
    }

    // MARK: Order

    /// In this order only; the last call wins.
    public func order(by terms: KeyPath<Root.Fields, Order>...) -> QuerySet<Root> {
        querySet.adding(.order(terms.map { root[keyPath: $0].term }))
    }

    /// In an order by expressions.
    public func order(_ terms: (Root.Fields) -> [Order]) -> QuerySet<Root> {
        querySet.adding(.order(terms(root).map(\.term)))
    }

    /// In no order, not even the model's own.
    public func unordered() -> QuerySet<Root> { querySet.adding(.clearOrder) }

    /// In an order by chance (`order_by('?')`).
    public func shuffled() -> QuerySet<Root> { querySet.adding(.order([Ordering(name: "?")])) }

    /// The other way round.
    public func reversed() -> QuerySet<Root> { querySet.adding(.reverse) }

    // MARK: Which

    /// No two equal rows.
    public func distinct() -> QuerySet<Root> { querySet.adding(.distinct([])) }

    /// The first row for each value of these columns; not every database can.
    public func distinct<each V>(on columns: repeat KeyPath<Root.Fields, Expr<each V>>) -> QuerySet<Root> {
        var names: [String] = []
        for column in repeat each columns { if let path = root[keyPath: column].plainPath { names.append(path.text) } }
        return querySet.adding(.distinct(names))
    }

    /// So many rows, from a position on. A negative position or a step does not compile: neither has a form in SQL.
    public subscript(range: Range<Int>) -> QuerySet<Root> {
        querySet.adding(.slice(offset: range.lowerBound, limit: range.count))
    }
    /// The first rows.
    public subscript(range: PartialRangeUpTo<Int>) -> QuerySet<Root> {
        querySet.adding(.slice(offset: 0, limit: range.upperBound))
    }
    /// All but the first rows.
    public subscript(range: PartialRangeFrom<Int>) -> QuerySet<Root> {
        querySet.adding(.slice(offset: range.lowerBound, limit: nil))
    }

    /// Rows of this set, of the other one, or of both; both are of the same kind.
    public static func | (left: Self, right: some Queryable<Root>) -> QuerySet<Root> {
        left.querySet.adding(.merge(isOr: true, right.querySet.tree))
    }
    /// Rows of both sets.
    public static func & (left: Self, right: some Queryable<Root>) -> QuerySet<Root> {
        left.querySet.adding(.merge(isOr: false, right.querySet.tree))
    }

    // MARK: What is loaded

    private func related(_ path: FieldPath) -> QuerySet<Root> {
        querySet.naming(path).adding(.selectRelated([path.accessor]))
    }

    /// Loads the objects of a reference by the same statement; several calls add up.
    public func selectRelated<Next: ModelFields>(_ relation: KeyPath<Root.Fields, Next>) -> QuerySet<Root> {
        related(root[keyPath: relation].path)
    }
    /// Loads the objects of a reference that may be missing by the same statement; several calls add up.
    public func selectRelated<Next>(_ relation: KeyPath<Root.Fields, MaybeOne<Next>>) -> QuerySet<Root> {
        related(root[keyPath: relation].path)
    }
    /// Loads the objects of all references that cannot be missing, five deep.
    public func selectRelated() -> QuerySet<Root> { querySet.adding(.selectRelated(nil)) }
    /// Loads nothing with the rows but what is asked for from here on.
    public func withoutRelated() -> QuerySet<Root> { querySet.adding(.clearSelectRelated).adding(.clearPrefetch) }

    private func prefetch<Next>(
        _ path: FieldPath, _ type: Next.Type, _ query: ((QuerySet<Next>) -> QuerySet<Next>)?
    ) -> QuerySet<Root> {
        var set = querySet.naming(path)
        let inner = query?(QuerySet<Next>())
        for (name, type) in inner?.types ?? [:] { set.types["\(path.accessor)__\(name)"] = type }
        return set.adding(.prefetch([Prefetch(LookupPath(path.accessors), inner?.tree)]))
    }

    /// Loads a relation of all objects by one more statement; the closure filters, orders or loads more with them.
    public func prefetchRelated<Next>(
        _ relation: KeyPath<Root.Fields, ToMany<Next>>, _ query: ((QuerySet<Next>) -> QuerySet<Next>)? = nil
    ) -> QuerySet<Root> {
        prefetch(root[keyPath: relation].path, Next.self, query)
    }
    /// Loads the objects of a reference by one more statement.
    public func prefetchRelated<Next: ModelFields>(
        _ relation: KeyPath<Root.Fields, Next>, _ query: ((QuerySet<Next.Root>) -> QuerySet<Next.Root>)? = nil
    ) -> QuerySet<Root> {
        prefetch(root[keyPath: relation].path, Next.Root.self, query)
    }
    /// Loads the objects of a reference that may be missing by one more statement.
    public func prefetchRelated<Next>(
        _ relation: KeyPath<Root.Fields, MaybeOne<Next>>, _ query: ((QuerySet<Next>) -> QuerySet<Next>)? = nil
    ) -> QuerySet<Root> {
        prefetch(root[keyPath: relation].path, Next.self, query)
    }

    /// Locks the rows until the end of the transaction, in which this has to be asked. SQLite has no such locks, and needs
    /// none: a transaction there has the whole database to itself.
    ///
    /// - Parameters:
    ///   - wait: what happens if somebody else has locked a row.
    ///   - noKey: whether rows that refer to these may still be written.
    public func selectForUpdate(_ wait: Lock.Wait = .wait, noKey: Bool = false) -> QuerySet<Root> {
        querySet.adding(.lock(Lock(wait, noKey: noKey)))
    }
}
