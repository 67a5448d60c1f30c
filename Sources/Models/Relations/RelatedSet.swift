// SPDX-License-Identifier: Apache-2.0

/// The objects that refer to one object by a reference that cannot be missing: they can move here, but not be let go,
/// so there is no `remove` and no `clear`.
public struct RelatedSet<Owner: Model, Target: Model>: Queryable {
    let object: Owner
    let accessor: String
    let field: String

    private var owner: RelationOwner { RelationOwner(object) }

    /// The objects. An object without a key has none.
    public var querySet: QuerySet<Target> {
        let owner = owner
        guard !owner.key.isNull else { return QuerySet().adding(.none) }
        var rows = QuerySet<Target>()
        rows.tree.hint = owner.database
        return rows.adding(.filter(.compare(LookupPath([field]), transforms: [], "exact", .value(owner.key))))
    }

    /// The objects, if they were loaded by `prefetchRelated`.
    public var loaded: [Target]? { object.state.loaded[accessor] as? [Target] }

    private func key() throws -> Value {
        let key = owner.key
        guard !key.isNull else {
            throw ModelError(
                .value, "an object of \(Owner.label) has to be saved before its \(accessor) can be changed")
        }
        return key
    }

    /// Lets objects that have rows refer to this one, by one statement.
    public func add(_ objects: Target...) async throws { try await add(objects) }
    /// Lets objects that have rows refer to this one, by one statement.
    public func add(_ objects: [Target]) async throws {
        let key = try key()
        guard !objects.contains(where: \.state.isNew) else {
            throw ModelError(.value, "an object of \(Target.label) has to be saved before it can be added")
        }
        guard !objects.isEmpty else { return }
        try owner.checkRelations(with: objects)
        try await change(QueryTree(Target.label), objects, to: key)
    }

    /// Inserts an object that refers to this one.
    public func create(_ make: (Ref<Owner>) -> Target) async throws -> Target {
        _ = try key()
        var made = make(.to(object))
        let databases = try Databases.required()
        made.state.database = try databases.writing(
            databases.main.schema.required(Target.label), hint: object.state.database
        ).name
        try await made.save(.insert)
        return made
    }

    fileprivate func change(_ tree: QueryTree, _ objects: [Target]?, to key: Value) async throws {
        var tree = tree
        tree.hint = object.state.database
        if let objects {
            let keys = objects.map(\.primaryKey.columnValue)
            tree = tree.filter(.compare(LookupPath(["pk"]), transforms: [], "in", .value(.list(keys))))
        }
        _ = try await Databases.required().store.update(tree, [(field, .value(key))])
    }
}

/// The objects that refer to one object by a reference that may be missing.
public struct OptionalRelatedSet<Owner: Model, Target: Model>: Queryable {
    let core: RelatedSet<Owner, Target>

    /// The objects. An object without a key has none.
    public var querySet: QuerySet<Target> { core.querySet }
    /// The objects, if they were loaded by `prefetchRelated`.
    public var loaded: [Target]? { core.loaded }

    /// Lets objects that have rows refer to this one, by one statement.
    public func add(_ objects: Target...) async throws { try await core.add(objects) }
    /// Inserts an object that refers to this one.
    public func create(_ make: (Ref<Owner>) -> Target) async throws -> Target { try await core.create(make) }

    /// Lets objects refer to nothing; throws `ModelError` with the code `.notFound` for one that does not refer to
    /// this one.
    public func remove(_ objects: Target...) async throws { try await remove(objects) }

    private func remove(_ objects: [Target]) async throws {
        guard !objects.isEmpty else { return }
        let schema = try Databases.required().main.schema
        let own = RelationOwner(core.object).key
        for object in objects where try object.record(in: schema)[core.field] != own {
            throw ModelError(.notFound, "an object of \(Target.label) is not among the \(core.accessor) of this one")
        }
        try await core.change(querySet.tree, objects, to: .null)
    }

    /// Lets all of them refer to nothing; they are not deleted.
    public func clear() async throws { try await core.change(querySet.tree, nil, to: .null) }

    /// Makes the objects exactly these: only what is different is written, unless `clearing`.
    public func set(_ objects: [Target], clearing: Bool = false) async throws {
        let databases = try Databases.required()
        let model = try databases.main.schema.required(Target.label)
        try await databases.writing(model, hint: core.object.state.database).transaction {
            if clearing {
                try await clear()
                try await core.add(objects)
                return
            }
            let old = try await fetch()
            let keys = Set(objects.map(\.primaryKey))
            try await remove(old.filter { !keys.contains($0.primaryKey) })
            let had = Set(old.map(\.primaryKey))
            try await core.add(objects.filter { !had.contains($0.primaryKey) })
        }
    }
}
