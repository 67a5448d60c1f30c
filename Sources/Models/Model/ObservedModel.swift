// SPDX-License-Identifier: Apache-2.0

/// A model that is told when its objects are written (Django's overridden `save` and `delete`, and its signals).
///
/// ```swift
/// extension Order: ObservedModel {
///     mutating func willSave(isNew: Bool) async throws { total = lines.total }
///     func didDelete() async throws { try await Audit.objects.create(Audit(of: self)) }
/// }
/// ```
/// Each hook is called once, in the transaction of what is written: what it throws undoes all of it, and what it writes is
/// undone with it. What has to wait for the commit belongs in `Database.onCommit`. Hooks are for objects: what changes
/// rows without making objects of them, as `update`, `bulkCreate` and `bulkUpdate` of a set, partial objects and rows that
/// go because they refer to a deleted one, calls none.
public protocol ObservedModel: Model {
    /// Before the object is written; it may change itself.
    mutating func willSave(isNew: Bool) async throws
    /// After it was written, with its key.
    func didSave(isNew: Bool) async throws
    /// Before its row is deleted.
    func willDelete() async throws
    /// After its row was deleted.
    func didDelete() async throws
}

extension ObservedModel {
    /// Nothing.
    public mutating func willSave(isNew: Bool) async throws {}
    /// Nothing.
    public func didSave(isNew: Bool) async throws {}
    /// Nothing.
    public func willDelete() async throws {}
    /// Nothing.
    public func didDelete() async throws {}
    /// True.
    public static var isObserved: Bool { true }
}

extension Model {
    /// False.
    public static var isObserved: Bool { false }
}

extension ObservedModel {
    /// Writes an object between its hooks.
    static func save(
        _ object: inout Self, in database: Database, _ write: (inout Self) async throws -> Void
    ) async throws {
        let isNew = object.state.isNew
        // What is undone must not look written.
        var changed = object
        try await database.transaction {
            try await changed.willSave(isNew: isNew)
            try await write(&changed)
            try await changed.didSave(isNew: isNew)
        }
        object = changed
    }

    /// Deletes objects between their hooks.
    static func delete(
        _ objects: [Self], in database: Database, _ delete: () async throws -> DeleteReport
    ) async throws -> DeleteReport {
        try await database.transaction {
            for object in objects { try await object.willDelete() }
            let report = try await delete()
            for object in objects { try await object.didDelete() }
            return report
        }
    }
}

extension Model {
    /// Writes the object, between its hooks if it has some.
    mutating func hooked(
        in database: Database, _ write: (inout Self) async throws -> Void
    ) async throws {
        guard let type = Self.self as? any ObservedModel.Type else { return try await write(&self) }
        func run<Observed: ObservedModel>(_ type: Observed.Type) async throws {
            guard var observed = self as? Observed else { return }
            try await Observed.save(&observed, in: database) { object in
                guard var model = object as? Self else { return }
                try await write(&model)
                if let written = model as? Observed { object = written }
            }
            if let written = observed as? Self { self = written }
        }
        try await run(type)
    }

    /// Deletes objects, between their hooks if they have some.
    static func hooked(
        _ objects: [Self], in database: Database, _ delete: () async throws -> DeleteReport
    ) async throws -> DeleteReport {
        guard let type = Self.self as? any ObservedModel.Type else { return try await delete() }
        func run<Observed: ObservedModel>(_ type: Observed.Type) async throws -> DeleteReport {
            try await Observed.delete(objects.compactMap { $0 as? Observed }, in: database, delete)
        }
        return try await run(type)
    }
}
