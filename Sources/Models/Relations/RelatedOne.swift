// SPDX-License-Identifier: Apache-2.0

/// The object that refers to one object by a one-to-one reference, if there is one.
public struct RelatedOne<Target: Model>: Sendable {
    let owner: RelationOwner
    let accessor: String
    let field: String

    private var querySet: QuerySet<Target> {
        guard !owner.key.isNull else { return QuerySet().adding(.none) }
        var rows = QuerySet<Target>()
        rows.tree.hint = owner.database
        return rows.adding(.filter(.compare(LookupPath([field]), transforms: [], "exact", .value(owner.key))))
    }

    private var known: LoadedOne<Target>? { owner.loaded[accessor] as? LoadedOne<Target> }

    /// The object, if it was loaded with the other one and is there.
    public var loaded: Target? { known?.object }

    /// The object: that which was loaded, or one statement. Throws `ModelError` with the code `.notFound` if there is
    /// none.
    public func get(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Target {
        try await observed(fileID, line) {
            guard let known else { return try await querySet.get() }
            guard let object = known.object else { throw ModelError(.notFound, "the object has no \(accessor).") }
            return object
        }
    }

    /// The object, or nil if there is none.
    public func fetch(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Target? {
        try await observed(fileID, line) {
            if let known { return known.object }
            return try await querySet.fetch().first
        }
    }

    /// Whether there is one.
    public func exists(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Bool {
        try await observed(fileID, line) {
            if let known { return known.object != nil }
            return try await querySet.exists()
        }
    }
}
