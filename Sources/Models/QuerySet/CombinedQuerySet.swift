// SPDX-License-Identifier: Apache-2.0

/// Rows of several query sets together (SQL's `UNION`, `INTERSECT`, `EXCEPT`).
///
/// They can be ordered and sliced; what a database cannot do with them, as a filter, does not compile.
public struct CombinedQuerySet<Root: Model, Row: Sendable>: Sendable {
    private var tree: QueryTree
    private let rows: @Sendable (QueryTree) async throws -> [Row]

    init(_ tree: QueryTree, _ rows: @escaping @Sendable (QueryTree) async throws -> [Row]) {
        self.tree = tree
        self.rows = rows
    }

    private func adding(_ step: QueryTree.Step) -> CombinedQuerySet { CombinedQuerySet(tree.adding(step), rows) }

    /// In an order by columns of the first set's model.
    public func order(by terms: KeyPath<Root.Fields, Order>...) -> CombinedQuerySet {
        adding(.order(terms.map { QuerySet<Root>.fields[keyPath: $0].term }))
    }
    /// The other way round.
    public func reversed() -> CombinedQuerySet { adding(.reverse) }
    /// So many rows, from a position on.
    public subscript(range: Range<Int>) -> CombinedQuerySet {
        adding(.slice(offset: range.lowerBound, limit: range.count))
    }
    /// The first rows.
    public subscript(range: PartialRangeUpTo<Int>) -> CombinedQuerySet {
        adding(.slice(offset: 0, limit: range.upperBound))
    }

    /// The rows.
    public func fetch(fileID: StaticString = #fileID, line: UInt = #line) async throws -> [Row] {
        try await observed(fileID, line) { try await rows(tree) }
    }
    /// How many there are.
    public func count(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Int {
        try await observed(fileID, line) { try await Databases.required().store.count(tree) }
    }
}

extension Queryable {
    private func combined(_ kind: CompoundKind, _ others: [QuerySet<Root>]) -> CombinedQuerySet<Root, Root> {
        let set = querySet
        return CombinedQuerySet(set.tree.adding(.compound(kind, others.map(\.tree)))) { try await set.objects($0) }
    }

    /// Rows of one of the sets, each once.
    public func union(_ others: QuerySet<Root>...) -> CombinedQuerySet<Root, Root> { combined(.union, others) }
    /// Rows of all sets, as often as they are in them.
    public func unionAll(_ others: QuerySet<Root>...) -> CombinedQuerySet<Root, Root> { combined(.unionAll, others) }
    /// Rows that are in each of the sets.
    public func intersection(_ others: QuerySet<Root>...) -> CombinedQuerySet<Root, Root> {
        combined(.intersection, others)
    }
    /// Rows that are in none of the others.
    public func difference(_ others: QuerySet<Root>...) -> CombinedQuerySet<Root, Root> {
        combined(.difference, others)
    }
}

extension ValuesQuerySet {
    private func combined(_ kind: CompoundKind, _ others: [QueryTree]) -> CombinedQuerySet<Root, Row> {
        let set = self
        return CombinedQuerySet(tree.adding(.compound(kind, others))) { try await set.rows($0) }
    }

    /// Rows of this set and of one of another model, each once; their columns are of the same types.
    public func union<Other>(_ other: ValuesQuerySet<Other, Row>) -> CombinedQuerySet<Root, Row> {
        combined(.union, [other.tree])
    }
    /// Rows of this set and of one of another model, as often as they are in them.
    public func unionAll<Other>(_ other: ValuesQuerySet<Other, Row>) -> CombinedQuerySet<Root, Row> {
        combined(.unionAll, [other.tree])
    }
    /// Rows that are in both sets.
    public func intersection<Other>(_ other: ValuesQuerySet<Other, Row>) -> CombinedQuerySet<Root, Row> {
        combined(.intersection, [other.tree])
    }
    /// Rows that are not in the other set.
    public func difference<Other>(_ other: ValuesQuerySet<Other, Row>) -> CombinedQuerySet<Root, Row> {
        combined(.difference, [other.tree])
    }
}
