// SPDX-License-Identifier: Apache-2.0

/// What the rows of an annotated set are made of; apart, because an enum cannot stand in a type with a pack.
private enum AnnotatedSource<Base>: Sendable {
    case objects([String: any Model.Type], @Sendable (inout ModelRow) throws -> Base)
    case values(@Sendable (inout ValuesRow) throws -> Base)
}

/// Rows with something computed for each: objects with the objects themselves first, groups with their columns first.
///
/// What was computed has no name: closures get it as further parameters, rows have it as further members.
public struct AnnotatedQuerySet<Root: Model, Base: Sendable, each A: ColumnValue>: Sendable {
    /// A row of the result.
    public typealias Row = (Base, repeat each A)

    private var tree: QueryTree
    private let source: AnnotatedSource<Base>

    init(objects set: QuerySet<Root>, _ annotations: repeat Expr<each A>) where Base == Root {
        var names = ColumnNames(prefix: "_a")
        for annotation in repeat each annotations { names.add(annotation: annotation) }
        tree = set.tree.adding(.annotate(names.annotations))
        source = .objects(set.types) { try Root(row: &$0) }
    }

    init(values set: ValuesQuerySet<Root, Base>, _ annotations: repeat Expr<each A>) {
        var names = ColumnNames(prefix: "_a")
        for annotation in repeat each annotations { names.add(annotation: annotation) }
        tree = set.tree.adding(.annotate(names.annotations))
        source = .values(set.decode)
    }

    private func adding(_ step: QueryTree.Step) -> Self {
        var other = self
        other.tree = tree.adding(step)
        return other
    }

    /// Calls a closure with the model's fields and what was computed.
    private func call<Result>(_ body: (Root.Fields, repeat Expr<each A>) -> Result) -> Result {
        var index = -1
        func next<V>(_ type: V.Type) -> Expr<V> {
            index += 1
            return Expr(names: ["_a\(index)"])
        }
        return body(QuerySet<Root>.fields, repeat next((each A).self))
    }

    /// Those that a condition is true for, also one on what was computed (`HAVING`).
    public func filter(_ condition: (Root.Fields, repeat Expr<each A>) -> Q) -> Self {
        adding(.filter(call(condition).predicate))
    }
    /// Those that a condition is not true for.
    public func exclude(_ condition: (Root.Fields, repeat Expr<each A>) -> Q) -> Self {
        adding(.exclude(call(condition).predicate))
    }
    /// In an order, also by what was computed.
    public func order(_ terms: (Root.Fields, repeat Expr<each A>) -> [Order]) -> Self {
        adding(.order(call(terms).map(\.term)))
    }
    /// The other way round.
    public func reversed() -> Self { adding(.reverse) }
    /// No two equal rows.
    public func distinct() -> Self { adding(.distinct([])) }
    /// So many rows, from a position on.
    public subscript(range: Range<Int>) -> Self { adding(.slice(offset: range.lowerBound, limit: range.count)) }
    /// The first rows.
    public subscript(range: PartialRangeUpTo<Int>) -> Self { adding(.slice(offset: 0, limit: range.upperBound)) }

    /// Some columns and some of what was computed.
    public func values<each V>(
        _ columns: (Root.Fields, repeat Expr<each A>) -> (repeat Expr<each V>)
    ) -> ValuesQuerySet<Root, (repeat each V)> {
        var names = ColumnNames(prefix: "_v")
        for column in repeat each call(columns) { names.add(column: column) }
        return ValuesQuerySet(tree: tree.adding(.values(names.items))) { row in
            (repeat try row.next((each V).self))
        }
    }

    // MARK: Asking

    /// The rows.
    public func fetch() async throws -> [Row] { try await rows(tree) }

    /// The only row; throws `ModelError` with the code `.notFound` or `.multiple`.
    public func get() async throws -> Row {
        let found = try await rows(tree.forGet)
        try RecordStore.check(count: found.count, tree)
        return found[0]
    }

    /// The first row; nil if there is none.
    public func first() async throws -> Row? { try await self[..<1].fetch().first }

    /// How many rows there are.
    public func count() async throws -> Int { try await Databases.required().store.count(tree) }

    /// Whether there is a row.
    public func exists() async throws -> Bool { try await Databases.required().store.exists(tree) }

    private func rows(_ tree: QueryTree) async throws -> [Row] {
        let databases = try Databases.required()
        let database = try databases.store.reading(tree)
        let plan = try database.plan(tree)
        guard !plan.isEmpty else { return [] }
        let kinds = plan.kinds
        switch (source, plan.rows) {
        case (.values(let decode), .values(let shape)):
            let columns = shape.flatMap(\.columns)
            return try await database.run(plan.statement, writing: false) { reader in
                var rows: [Row] = []
                while try reader.next() {
                    var row = ValuesRow(reader, kinds, columns)
                    rows.append((try decode(&row), repeat try row.next((each A).self)))
                }
                return rows
            }
        case (.objects(let types, let decode), .object(let shape, let annotations)):
            let columns = annotations.map(\.column)
            let name = database === databases.main ? nil : database.name
            guard plan.prefetches.isEmpty else {
                throw ModelError(.unsupported, "rows with annotations cannot be prefetched for")
            }
            return try await database.run(plan.statement, writing: plan.locksRows) { reader in
                var rows: [Row] = []
                while try reader.next() {
                    var object = ModelRow(reader, kinds, shape, database: name, types: types, prefix: "")
                    var row = ValuesRow(reader, kinds, columns)
                    rows.append((try decode(&object), repeat try row.next((each A).self)))
                }
                return rows
            }
        default: throw ModelError(.type, "a query of objects has no values")
        }
    }
}

extension Queryable {
    /// Each object with something computed for it: an expression, or an aggregate over a relation.
    public func annotate<each A>(
        _ annotations: (Root.Fields) -> (repeat Expr<each A>)
    ) -> AnnotatedQuerySet<Root, Root, repeat each A> {
        AnnotatedQuerySet(objects: querySet, repeat each annotations(QuerySet<Root>.fields))
    }

    /// An aggregate over all rows.
    public func aggregate<A>(_ aggregate: (Root.Fields) -> Expr<A>) async throws -> A {
        let expression = aggregate(QuerySet<Root>.fields).expression
        let values = try await Databases.required().store.aggregate(querySet.tree, [("_a0", expression)])
        return try A(columnValue: values.first ?? .null)
    }

    /// Aggregates over all rows, by one statement.
    public func aggregate<each A>(
        _ aggregates: (Root.Fields) -> (repeat Expr<each A>)
    ) async throws -> (repeat each A) {
        var names = ColumnNames(prefix: "_a")
        for aggregate in repeat each aggregates(QuerySet<Root>.fields) { names.add(annotation: aggregate) }
        let values = try await Databases.required().store.aggregate(querySet.tree, names.annotations)
        var index = -1
        func next<V: ColumnValue>(_ type: V.Type) throws -> V {
            index += 1
            return try V(columnValue: values[index])
        }
        return (repeat try next((each A).self))
    }
}
