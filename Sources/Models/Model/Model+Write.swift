// SPDX-License-Identifier: Apache-2.0

extension Model {
    /// Writes the object: changes its row if it has one, else inserts it and takes its key.
    ///
    /// - Parameter mode: whether it has to be an insertion, or a change.
    public mutating func save(_ mode: SaveMode = .automatic) async throws {
        let store = try Databases.required().store
        var record = try record(in: store.schema)
        try await store.save(&record, mode)
        try adopt(record)
    }

    /// Writes some columns of an object that has a row (`update_fields`).
    public mutating func save<each U>(only columns: (Fields) -> (repeat Expr<each U>)) async throws {
        let store = try Databases.required().store
        var names: [String] = []
        for column in repeat each columns(Fields(path: FieldPath())) { names.append(column.fieldName ?? "") }
        var record = try record(in: store.schema)
        try await store.save(&record, .automatic, fields: names)
        try adopt(record)
    }

    /// Deletes the object's row and what refers to it, as the references say.
    @discardableResult
    public func delete() async throws -> DeleteReport {
        let store = try Databases.required().store
        return try await store.delete(try record(in: store.schema))
    }

    /// Reads the row again; what was loaded with the object is forgotten.
    public mutating func refresh() async throws {
        self = try await QuerySet<Self>().using(of: self).get(primaryKey)
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
