// SPDX-License-Identifier: Apache-2.0

/// The columns of a row of a result, one after the other.
struct ValuesRow {
    let reader: RowReader
    let kinds: [FieldKind?]
    /// Where the columns stand in the result, in the order in which they were asked for.
    let columns: [Int]
    private var position = 0

    init(_ reader: RowReader, _ kinds: [FieldKind?], _ columns: [Int]) {
        self.reader = reader
        self.kinds = kinds
        self.columns = columns
    }

    mutating func next<V: ColumnValue>(_ type: V.Type) throws -> V {
        defer { position += 1 }
        let column = columns[position]
        return try V.read(column, of: reader, kinds[column])
    }
}

/// Rows of some columns that were not asked for yet; what a row is says its type: one column is the value itself,
/// several are a tuple (Django's `values()` and `values_list()`).
public struct ValuesQuerySet<Root: Model, Row: Sendable>: Sendable {
    var tree: QueryTree
    let decode: @Sendable (inout ValuesRow) throws -> Row

    private func adding(_ step: QueryTree.Step) -> ValuesQuerySet {
        ValuesQuerySet(tree: tree.adding(step), decode: decode)
    }

    private var root: Root.Fields { QuerySet<Root>.fields }

    /// Those that a condition is true for.
    public func filter(_ condition: (Root.Fields) -> Q) -> ValuesQuerySet {
        adding(.filter(condition(root).predicate))
    }
    /// Those that a condition is not true for.
    public func exclude(_ condition: (Root.Fields) -> Q) -> ValuesQuerySet {
        adding(.exclude(condition(root).predicate))
    }
    /// In this order only.
    public func order(by terms: KeyPath<Root.Fields, Order>...) -> ValuesQuerySet {
        adding(.order(terms.map { root[keyPath: $0].term }))
    }
    /// In an order by expressions.
    public func order(_ terms: (Root.Fields) -> [Order]) -> ValuesQuerySet { adding(.order(terms(root).map(\.term))) }
    /// In no order.
    public func unordered() -> ValuesQuerySet { adding(.clearOrder) }
    /// The other way round.
    public func reversed() -> ValuesQuerySet { adding(.reverse) }
    /// No two equal rows.
    public func distinct() -> ValuesQuerySet { adding(.distinct([])) }
    /// So many rows, from a position on.
    public subscript(range: Range<Int>) -> ValuesQuerySet {
        adding(.slice(offset: range.lowerBound, limit: range.count))
    }
    /// The first rows.
    public subscript(range: PartialRangeUpTo<Int>) -> ValuesQuerySet {
        adding(.slice(offset: 0, limit: range.upperBound))
    }

    /// Groups rows with equal columns, and computes something for each group.
    public func annotate<each A>(
        _ annotations: (Root.Fields) -> (repeat Expr<each A>)
    ) -> AnnotatedQuerySet<Root, Row, repeat each A> {
        AnnotatedQuerySet(values: self, repeat each annotations(root))
    }

    // MARK: Asking

    /// The rows.
    public func fetch(fileID: StaticString = #fileID, line: UInt = #line) async throws -> [Row] {
        try await observed(fileID, line) { try await rows(tree) }
    }

    /// The only row; throws `ModelError` with the code `.notFound` or `.multiple`.
    public func get(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Row {
        try await observed(fileID, line) {
            let found = try await rows(tree.forGet)
            try RecordStore.check(count: found.count, tree)
            return found[0]
        }
    }

    /// The first row; nil if there is none.
    public func first(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Row? {
        try await observed(fileID, line) { try await self[..<1].fetch().first }
    }

    /// How many rows there are.
    public func count(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Int {
        try await observed(fileID, line) { try await Databases.required().store.count(tree) }
    }

    /// Whether there is a row.
    public func exists(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Bool {
        try await observed(fileID, line) { try await Databases.required().store.exists(tree) }
    }

    func rows(_ tree: QueryTree) async throws -> [Row] {
        let database = try Databases.required().store.reading(tree)
        let plan = try database.plan(tree)
        guard !plan.isEmpty else { return [] }
        guard case .values(let shape) = plan.rows else { throw ModelError(.type, "a query of objects has no values") }
        let columns = shape.flatMap(\.columns)
        let (kinds, decode) = (plan.kinds, decode)
        return try await database.run(plan.statement, writing: false) { reader in
            var rows: [Row] = []
            while try reader.next() {
                var row = ValuesRow(reader, kinds, columns)
                rows.append(try decode(&row))
            }
            return rows
        }
    }
}

/// The columns of a query under names of their own.
struct ColumnNames {
    private let prefix: String
    private(set) var items: [ValuesItem] = []
    private(set) var annotations: [(name: String, expression: QueryExpression)] = []

    init(prefix: String) { self.prefix = prefix }

    mutating func add<V>(column: Expr<V>) {
        if let path = column.plainPath {
            items.append(.path(path))
        } else {
            items.append(.expression(name: "\(prefix)\(items.count)", column.expression))
        }
    }

    mutating func add<V>(annotation: Expr<V>) {
        annotations.append(("\(prefix)\(annotations.count)", annotation.expression))
    }
}

extension Queryable {
    private func flat<V>(_ column: Expr<V>) -> ValuesQuerySet<Root, V> {
        var names = ColumnNames(prefix: "_v")
        names.add(column: column)
        return ValuesQuerySet(tree: querySet.tree.adding(.values(names.items))) { try $0.next(V.self) }
    }

    /// One column of each row, also across relations: the values themselves.
    public func values<V>(_ column: KeyPath<Root.Fields, Expr<V>>) -> ValuesQuerySet<Root, V> {
        flat(QuerySet<Root>.fields[keyPath: column])
    }

    /// One expression for each row: the values themselves.
    public func values<V>(_ column: (Root.Fields) -> Expr<V>) -> ValuesQuerySet<Root, V> {
        flat(column(QuerySet<Root>.fields))
    }

    /// Some columns of each row, also across relations.
    public func values<each V>(
        _ columns: repeat KeyPath<Root.Fields, Expr<each V>>
    ) -> ValuesQuerySet<Root, (repeat each V)> {
        let root = QuerySet<Root>.fields
        var names = ColumnNames(prefix: "_v")
        for column in repeat each columns { names.add(column: root[keyPath: column]) }
        return ValuesQuerySet(tree: querySet.tree.adding(.values(names.items))) { row in
            (repeat try row.next((each V).self))
        }
    }

    /// Some expressions for each row.
    public func values<each V>(
        _ columns: (Root.Fields) -> (repeat Expr<each V>)
    ) -> ValuesQuerySet<Root, (repeat each V)> {
        var names = ColumnNames(prefix: "_v")
        for column in repeat each columns(QuerySet<Root>.fields) { names.add(column: column) }
        return ValuesQuerySet(tree: querySet.tree.adding(.values(names.items))) { row in
            (repeat try row.next((each V).self))
        }
    }

    /// The days of a column, cut to a unit, each once.
    public func dates<V>(
        _ column: KeyPath<Root.Fields, Expr<V>>, by unit: DatePrecision, descending: Bool = false
    ) -> ValuesQuerySet<Root, Day> where V.Present: CalendarColumn {
        let path = QuerySet<Root>.fields[keyPath: column].plainPath ?? LookupPath([])
        let step = QueryTree.Step.dates(
            path, unit: unit.rawValue, isTime: false, descending: descending, timeZone: nil)
        return ValuesQuerySet(tree: querySet.tree.adding(step)) { try $0.next(Day.self) }
    }

    /// The times of a column, cut to a unit in a time zone by its IANA name, each once.
    public func datetimes<V>(
        _ column: KeyPath<Root.Fields, Expr<V>>, by unit: DatePrecision, in timeZone: String? = nil,
        descending: Bool = false
    ) -> ValuesQuerySet<Root, Timestamp> where V.Present == Timestamp {
        let path = QuerySet<Root>.fields[keyPath: column].plainPath ?? LookupPath([])
        let step = QueryTree.Step.dates(
            path, unit: unit.rawValue, isTime: true, descending: descending, timeZone: timeZone)
        return ValuesQuerySet(tree: querySet.tree.adding(step)) { try $0.next(Timestamp.self) }
    }
}
