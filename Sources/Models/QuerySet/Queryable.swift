// SPDX-License-Identifier: Apache-2.0

/// What rows of a model can be asked of: a model's manager, a query set, a relation of an object.
public protocol Queryable<Root>: Sendable {
    /// The model.
    associatedtype Root: Model
    /// Its rows as a query set.
    var querySet: QuerySet<Root> { get }
}

/// All rows of a model, under `objects`.
public struct Manager<Root: Model>: Queryable {
    /// All rows.
    public var querySet: QuerySet<Root> { QuerySet() }
}

/// Rows of a model that were not asked for yet: an immutable value, which each builder method makes another one of.
///
/// Only the methods that are `async` touch a database; nothing is remembered, the array that they give is the result.
public struct QuerySet<Root: Model>: Queryable {
    var tree: QueryTree
    /// The models that objects are made of which no property holds, by their paths.
    var types: [String: any Model.Type] = [:]

    init() { tree = QueryTree(Root.label) }

    /// Itself.
    public var querySet: QuerySet { self }

    func adding(_ step: QueryTree.Step) -> QuerySet {
        var other = self
        other.tree = tree.adding(step)
        return other
    }

    func naming(_ path: FieldPath) -> QuerySet {
        var other = self
        for (path, type) in path.types { other.types[path] = type }
        return other
    }

    static var fields: Root.Fields { Root.Fields(path: FieldPath()) }
}
