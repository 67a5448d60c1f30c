// SPDX-License-Identifier: Apache-2.0

/// Many objects at the other end of a relation, as queries see them.
///
/// A column of them (`$0.authors.name`) is Django's join: in a result a row is repeated for each of them, with nil if
/// there is none, and conditions in one `filter` are about the same one. `any`, `none` and `all` ask without a join:
/// no row is repeated.
@dynamicMemberLookup
public struct ToMany<Target: Model>: Sendable {
    let path: FieldPath
    /// The path of the model that has them, and how they name it.
    let owner: [String]
    let back: String
    private var fields: Target.Fields { Target.Fields(path: path) }

    /// A column of them.
    public subscript<V>(dynamicMember member: KeyPath<Target.Fields, Expr<V>>) -> Expr<V?> {
        fields[keyPath: member].retyped()
    }
    /// A column of them that may be missing by itself too.
    public subscript<V>(dynamicMember member: KeyPath<Target.Fields, Expr<V?>>) -> Expr<V?> {
        fields[keyPath: member]
    }
    /// A reference of them.
    public subscript<Next: ModelFields>(dynamicMember member: KeyPath<Target.Fields, Next>) -> MaybeOne<Next.Root> {
        MaybeOne<Next.Root>(path: fields[keyPath: member].path)
    }
    /// A reference of them that may be missing by itself too.
    public subscript<Next>(dynamicMember member: KeyPath<Target.Fields, MaybeOne<Next>>) -> MaybeOne<Next> {
        fields[keyPath: member]
    }
    /// What they have many of.
    public subscript<Next>(dynamicMember member: KeyPath<Target.Fields, ToMany<Next>>) -> ToMany<Next> {
        fields[keyPath: member]
    }

    // MARK: Without a join

    private func exists(_ condition: QueryPredicate) -> Q {
        let related = QueryPredicate.compare(
            LookupPath([back]), transforms: [], "exact", .expression(.outer(LookupPath(owner + ["pk"]))))
        return Q(.boolean(.exists(QueryTree(Target.label).filter(related).filter(condition))))
    }

    /// Whether a condition is true for one of them.
    public func any(_ condition: (Target.Fields) -> Q) -> Q {
        exists(condition(Target.Fields(path: FieldPath())).predicate)
    }
    /// Whether a condition is true for none of them.
    public func none(_ condition: (Target.Fields) -> Q) -> Q { !any(condition) }
    /// Whether a condition is true for each of them, or there are none.
    public func all(_ condition: (Target.Fields) -> Q) -> Q { !any { !condition($0) } }
    /// Whether there are none.
    public var isEmpty: Q { !exists(.always) }

    // MARK: With a join

    /// How many there are in a group.
    public func count(distinct: Bool = false, filter: Q? = nil) -> Expr<Int> {
        Expr(
            .aggregate(
                AggregateCall(
                    .count, .path(LookupPath(path.names)), distinct: distinct, filter: filter?.predicate)))
    }

    private func compare(_ lookup: String, _ operand: Operand) -> Q {
        Q(.compare(LookupPath(path.names), transforms: [], lookup, operand))
    }
    /// Whether an object is one of them; in a negation: whether it is none of them.
    public static func == (left: ToMany, right: Target) -> Q {
        left.compare("exact", .value(right.primaryKey.columnValue))
    }
    /// Some of these objects; the row is repeated for each.
    public func `in`(_ objects: [Target]) -> Q {
        compare("in", .value(.list(objects.map(\.primaryKey.columnValue))))
    }
    /// Some of the objects of a query; the row is repeated for each.
    public func `in`<Source: Queryable>(_ query: Source) -> Q where Source.Root == Target {
        compare("in", .query(query.querySet.tree))
    }
    /// Whether there is none, by a join.
    public var isNull: Q { compare("isnull", .value(true)) }
    /// The key of each.
    public var pk: Expr<Target.Key?> { Expr(names: path.names + ["pk"]) }
}
