// SPDX-License-Identifier: Apache-2.0

/// An object of which only some columns were loaded (Django's `only` and `defer`).
///
/// A column that was not loaded is nil; nothing is loaded by touching it, `load` asks for it.
@dynamicMemberLookup
public struct Partial<Root: Model>: Sendable {
    private var record: Record

    init(_ record: Record) { self.record = record }

    private func name<V>(_ column: KeyPath<Root.Fields, Expr<V>>) -> String {
        QuerySet<Root>.fields[keyPath: column].fieldName ?? ""
    }

    /// The key.
    public var primaryKey: Root.Key {
        get throws { try Root.Key(columnValue: record.key) }
    }

    /// A column; nil if it was not loaded.
    public subscript<V>(dynamicMember column: KeyPath<Root.Fields, Expr<V>>) -> V? {
        record[name(column)].flatMap { try? V(columnValue: $0) }
    }

    /// The names of the columns that were not loaded.
    public var deferred: [String] { record.deferred }

    /// The columns of a reference's object that were not loaded, if the object was.
    public func deferred<Next: ModelFields>(of relation: KeyPath<Root.Fields, Next>) -> [String]? {
        let path = QuerySet<Root>.fields[keyPath: relation].path
        guard case .some(.some(let other)) = record.related[path.accessor] else { return nil }
        return other.deferred
    }

    /// A column: that which was loaded, or by one statement, after which it is loaded.
    public mutating func load<V>(_ column: KeyPath<Root.Fields, Expr<V>>) async throws -> V {
        let name = name(column)
        if record[name] == nil { try await Databases.required().store.load(&record, fields: [name]) }
        return try V(columnValue: record[name] ?? .null)
    }

    /// Sets a column, which counts as loaded from then on.
    public mutating func set<V>(_ column: KeyPath<Root.Fields, Expr<V>>, to value: V) {
        record[name(column)] = value.columnValue
    }

    /// Writes the columns that are loaded, and no others.
    public mutating func save() async throws { try await Databases.required().store.save(&record) }
}

/// Objects of which only some columns are loaded, which were not asked for yet.
public struct PartialQuerySet<Root: Model>: Sendable {
    let rows: QuerySet<Root>

    private func adding(_ step: QueryTree.Step) -> PartialQuerySet { PartialQuerySet(rows: rows.adding(step)) }

    private static func names<each V>(_ columns: repeat KeyPath<Root.Fields, Expr<each V>>) -> [String] {
        var names: [String] = []
        for column in repeat each columns {
            if let path = QuerySet<Root>.fields[keyPath: column].plainPath { names.append(path.text) }
        }
        return names
    }

    /// Only these columns and the key; the last call wins.
    public func only<each V>(_ columns: repeat KeyPath<Root.Fields, Expr<each V>>) -> PartialQuerySet {
        adding(.only(Self.names(repeat each columns)))
    }
    /// Without these columns either; calls add up.
    public func `defer`<each V>(_ columns: repeat KeyPath<Root.Fields, Expr<each V>>) -> PartialQuerySet {
        adding(.defer(Self.names(repeat each columns)))
    }
    /// Those that a condition is true for.
    public func filter(_ condition: (Root.Fields) -> Q) -> PartialQuerySet {
        PartialQuerySet(rows: rows.filter(condition))
    }
    /// In this order only.
    public func order(by terms: KeyPath<Root.Fields, Order>...) -> PartialQuerySet {
        adding(.order(terms.map { QuerySet<Root>.fields[keyPath: $0].term }))
    }
    /// The first rows.
    public subscript(range: PartialRangeUpTo<Int>) -> PartialQuerySet {
        adding(.slice(offset: 0, limit: range.upperBound))
    }
    /// Whole objects again (`defer(None)`).
    public var whole: QuerySet<Root> { rows.adding(.clearDefer) }

    /// The statement and its values, as the model's database would get it.
    public func statement() throws -> Statement { try rows.statement() }

    /// The objects.
    public func fetch() async throws -> [Partial<Root>] {
        try await Databases.required().store.fetch(rows.tree).map(Partial.init)
    }
    /// The only object; throws `ModelError` with the code `.notFound` or `.multiple`.
    public func get() async throws -> Partial<Root> { Partial(try await Databases.required().store.get(rows.tree)) }
    /// The object with a key; throws `ModelError` with the code `.notFound`.
    public func get(_ key: Root.Key) async throws -> Partial<Root> { try await filter { $0.pk == key }.get() }
    /// The first object; nil if there is none.
    public func first() async throws -> Partial<Root>? {
        let tree = try rows.ordered().adding(.slice(offset: 0, limit: 1))
        return try await Databases.required().store.fetch(tree).first.map(Partial.init)
    }
}

extension Queryable {
    /// Loads only these columns and the key.
    public func only<each V>(_ columns: repeat KeyPath<Root.Fields, Expr<each V>>) -> PartialQuerySet<Root> {
        PartialQuerySet(rows: querySet).only(repeat each columns)
    }
    /// Loads everything but these columns.
    public func `defer`<each V>(_ columns: repeat KeyPath<Root.Fields, Expr<each V>>) -> PartialQuerySet<Root> {
        PartialQuerySet(rows: querySet).defer(repeat each columns)
    }
}
