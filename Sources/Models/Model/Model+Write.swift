// SPDX-License-Identifier: Apache-2.0

extension Model {
    /// Writes the object: changes its row if it has one, else inserts it and takes its key.
    ///
    /// - Parameter mode: whether it has to be an insertion, or a change.
    public mutating func save(
        _ mode: SaveMode = .automatic, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws {
        let store = try Databases.required().store
        try await observed(fileID, line) {
            guard Self.isObserved else { return try await write(store, mode) }
            let database = try store.writing(try record(in: store.schema))
            try await hooked(in: database) { try await $0.write(store, mode) }
        }
    }

    private mutating func write(_ store: RecordStore, _ mode: SaveMode, fields: [String]? = nil) async throws {
        var record = try record(in: store.schema)
        try checkRelations(of: record, in: store)
        try await store.save(&record, mode, fields: fields)
        try adopt(record)
    }

    /// Writes some columns of an object that has a row (`update_fields`).
    public mutating func save<each U>(only columns: (Fields) -> (repeat Expr<each U>)) async throws {
        let store = try Databases.required().store
        var names: [String] = []
        for column in repeat each columns(Fields(path: FieldPath())) { names.append(column.fieldName ?? "") }
        guard Self.isObserved else { return try await write(store, .automatic, fields: names) }
        let database = try store.writing(try record(in: store.schema))
        let fields = names
        try await hooked(in: database) { try await $0.write(store, .automatic, fields: fields) }
    }

    /// Deletes the object's row and what refers to it, as the references say.
    @discardableResult
    public func delete(fileID: StaticString = #fileID, line: UInt = #line) async throws -> DeleteReport {
        try await observed(fileID, line) {
            let store = try Databases.required().store
            let record = try record(in: store.schema)
            guard Self.isObserved else { return try await store.delete(record) }
            return try await Self.hooked([self], in: try store.writing(record)) { try await store.delete(record) }
        }
    }

    /// Reads the row again; what was loaded with the object is forgotten.
    public mutating func refresh(fileID: StaticString = #fileID, line: UInt = #line) async throws {
        try await observed(fileID, line) {
            self = try await QuerySet<Self>().using(of: self).get(primaryKey)
        }
    }

    /// Checks the object against the rules of its fields; throws `ModelError` with the code `.validation`.
    public func validate() async throws {
        let store = try Databases.required().store
        try await store.validate(try record(in: store.schema))
    }
}

extension QuerySet {
    /// In the database that an object came from.
    func using(of object: some Model) -> QuerySet {
        var other = self
        other.tree.database = object.state.database
        return other
    }
}
