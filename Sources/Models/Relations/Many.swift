// SPDX-License-Identifier: Apache-2.0

/// The objects at the other end of a many-to-many relation of one object: its query set, and its links.
///
/// All changes are written at once. `Through` is the model in the middle; `NoThrough` if nobody declared one.
public struct Many<Target: Model, Through>: Queryable {
    let owner: RelationOwner
    let accessor: String
    let back: String

    /// The linked objects. An object without a key has none.
    public var querySet: QuerySet<Target> {
        guard !owner.key.isNull else { return QuerySet().adding(.none) }
        var rows = QuerySet<Target>()
        rows.tree.hint = owner.database
        return rows.adding(
            .stickyFilter(.compare(LookupPath([back]), transforms: [], "exact", .value(owner.key))))
    }

    /// The objects, if they were loaded by `prefetchRelated`.
    public var loaded: [Target]? { owner.loaded[accessor] as? [Target] }

    private func keys(_ objects: [Target], isNew: Bool = true) throws -> [Value] {
        if isNew { try owner.checkRelations(with: objects) }
        return try objects.map { object in
            guard !object.state.isNew else {
                throw ModelError(.value, "an object of \(Target.label) has to be saved before it can be linked")
            }
            return object.primaryKey.columnValue
        }
    }

    private func add(_ keys: [Value], _ defaults: [(name: String, value: Operand)]) async throws {
        let store = try Databases.required().store
        try await store.add(keys, to: try owner.record(store.schema), accessor, defaults: defaults)
    }

    /// Unlinks objects; those that are not linked do not matter.
    public func remove(_ objects: Target...) async throws { try await remove(keys: try keys(objects, isNew: false)) }
    /// Unlinks objects by their keys.
    public func remove(ids: [Target.Key]) async throws { try await remove(keys: ids.map(\.columnValue)) }

    private func remove(keys: [Value]) async throws {
        let store = try Databases.required().store
        try await store.remove(keys, from: try owner.record(store.schema), accessor)
    }

    /// Unlinks all objects; the objects themselves stay.
    public func clear() async throws {
        let store = try Databases.required().store
        try await store.clear(try owner.record(store.schema), accessor)
    }

    private func set(_ keys: [Value], clearing: Bool, _ defaults: [(name: String, value: Operand)]) async throws {
        let store = try Databases.required().store
        try await store.set(
            keys, of: try owner.record(store.schema), accessor, clearing: clearing, defaults: defaults)
    }

    private func create(_ object: Target, _ defaults: [(name: String, value: Operand)]) async throws -> Target {
        var object = object
        let databases = try Databases.required()
        object.state.database = try databases.writing(
            databases.main.schema.required(Target.label), hint: owner.database
        ).name
        try await object.save(.insert)
        try await add([object.primaryKey.columnValue], defaults)
        return object
    }
}

/// Stands for a table in the middle that has no columns of its own.
public enum NoThrough {}

extension Many where Through == NoThrough {
    /// Links objects; those that are linked stay so.
    public func add(_ objects: Target...) async throws { try await add(try keys(objects), []) }
    /// Links objects; those that are linked stay so.
    public func add(_ objects: [Target]) async throws { try await add(try keys(objects), []) }
    /// Links objects by their keys.
    public func add(ids: [Target.Key]) async throws { try await add(ids.map(\.columnValue), []) }
    /// Inserts an object and links it.
    public func create(_ object: Target) async throws -> Target { try await create(object, []) }
    /// Makes the linked objects exactly these: only what is different is written, unless `clearing`.
    public func set(_ objects: [Target], clearing: Bool = false) async throws {
        try await set(try keys(objects), clearing: clearing, [])
    }
    /// Makes the linked objects exactly those with these keys.
    public func set(ids: [Target.Key], clearing: Bool = false) async throws {
        try await set(ids.map(\.columnValue), clearing: clearing, [])
    }
}

extension Many where Through: Model {
    private func defaults(_ updates: (Through.Fields) -> [FieldUpdate<Through>]) -> [(name: String, value: Operand)] {
        updates(QuerySet<Through>.fields).map { ($0.name, $0.operand) }
    }
    /// Links objects, with the columns of the model in the middle.
    public func add(
        _ objects: Target..., @UpdateBuilder<Through> through: (Through.Fields) -> [FieldUpdate<Through>] = { _ in [] }
    ) async throws {
        try await add(try keys(objects), defaults(through))
    }
    /// Links objects by their keys, with the columns of the model in the middle.
    public func add(
        ids: [Target.Key],
        @UpdateBuilder<Through> through: (Through.Fields) -> [FieldUpdate<Through>] = { _ in [] }
    ) async throws {
        try await add(ids.map(\.columnValue), defaults(through))
    }
    /// Inserts an object and links it, with the columns of the model in the middle.
    public func create(
        _ object: Target,
        @UpdateBuilder<Through> through: (Through.Fields) -> [FieldUpdate<Through>] = { _ in [] }
    ) async throws -> Target {
        try await create(object, defaults(through))
    }
    /// Makes the linked objects exactly these; new links get the columns of the model in the middle.
    public func set(
        _ objects: [Target], clearing: Bool = false,
        @UpdateBuilder<Through> through: (Through.Fields) -> [FieldUpdate<Through>] = { _ in [] }
    ) async throws {
        try await set(try keys(objects), clearing: clearing, defaults(through))
    }
}
