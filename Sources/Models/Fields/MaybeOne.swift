// SPDX-License-Identifier: Apache-2.0

/// A single object that may be missing, as queries see it: its columns are optional.
@dynamicMemberLookup
public struct MaybeOne<Target: Model>: Sendable {
    let path: FieldPath
    private var fields: Target.Fields { Target.Fields(path: path) }

    /// A column of the object.
    public subscript<V>(dynamicMember member: KeyPath<Target.Fields, Expr<V>>) -> Expr<V?> {
        fields[keyPath: member].retyped()
    }
    /// A column of the object that may be missing by itself too.
    public subscript<V>(dynamicMember member: KeyPath<Target.Fields, Expr<V?>>) -> Expr<V?> {
        fields[keyPath: member]
    }
    /// A reference of the object.
    public subscript<Next: ModelFields>(dynamicMember member: KeyPath<Target.Fields, Next>) -> MaybeOne<Next.Root> {
        MaybeOne<Next.Root>(path: fields[keyPath: member].path)
    }
    /// A reference of the object that may be missing by itself too.
    public subscript<Next>(dynamicMember member: KeyPath<Target.Fields, MaybeOne<Next>>) -> MaybeOne<Next> {
        fields[keyPath: member]
    }
    /// What refers to the object, or what it has many of.
    public subscript<Next>(dynamicMember member: KeyPath<Target.Fields, ToMany<Next>>) -> ToMany<Next> {
        fields[keyPath: member]
    }
}

extension MaybeOne {
    private func compare(_ lookup: String, _ operand: Operand) -> Q {
        Q(.compare(LookupPath(path.names), transforms: [], lookup, operand))
    }
    /// Whether it is this object; nil asks whether there is none.
    public static func == (left: MaybeOne, right: Target?) -> Q {
        left.compare("exact", .value(right?.primaryKey.columnValue ?? .null))
    }
    /// Whether it is what a reference refers to.
    public static func == (left: MaybeOne, right: Ref<Target>) -> Q {
        left.compare("exact", .value(right.id.columnValue))
    }
    /// One of these objects.
    public func `in`(_ objects: [Target]) -> Q {
        compare("in", .value(.list(objects.map(\.primaryKey.columnValue))))
    }
    /// One of the objects of a query.
    public func `in`<Source: Queryable>(_ query: Source) -> Q where Source.Root == Target {
        compare("in", .query(query.querySet.tree))
    }
    /// Whether there is none.
    public var isNull: Q { compare("isnull", .value(true)) }
    /// Whether there is one.
    public var isNotNull: Q { compare("isnull", .value(false)) }
    /// By the other model's own order, or by its key if it has none.
    public var asc: Order { Order(.path(LookupPath(path.names)), isName: true, descending: false) }
    /// By the other model's own order, the other way round.
    public var desc: Order { Order(.path(LookupPath(path.names)), isName: true, descending: true) }
    /// Its key.
    public var pk: Expr<Target.Key?> { Expr(names: path.names + ["pk"]) }
}

extension ModelFields {
    private func compare(_ lookup: String, _ operand: Operand) -> Q {
        // The model itself, not a relation: its key is compared.
        Q(.compare(LookupPath(path.names.isEmpty ? ["pk"] : path.names), transforms: [], lookup, operand))
    }
    /// The key, whatever its name.
    public var pk: Expr<Root.Key> { path.column("pk") }
    /// Whether it is this object.
    public static func == (left: Self, right: Root) -> Q {
        left.compare("exact", .value(right.primaryKey.columnValue))
    }
    /// Whether it is what a reference refers to.
    public static func == (left: Self, right: Ref<Root>) -> Q { left.compare("exact", .value(right.id.columnValue)) }
    /// One of these objects.
    public func `in`(_ objects: [Root]) -> Q { compare("in", .value(.list(objects.map(\.primaryKey.columnValue)))) }
    /// One of the objects of a query.
    public func `in`<Source: Queryable>(_ query: Source) -> Q where Source.Root == Root {
        compare("in", .query(query.querySet.tree))
    }
    /// How many rows a group has.
    public func count(filter: Q? = nil) -> Expr<Int> { Expr.countAll(filter: filter) }
}
