// SPDX-License-Identifier: Apache-2.0

extension Manager {
    /// Objects out of a statement of one's own; it gives a column for each field, in any order.
    ///
    /// - Parameters:
    ///   - sql: the statement; what is interpolated is bound.
    ///   - translations: which field a column of another name is.
    ///   - database: the name of the database; nil for the model's own.
    public func raw(
        _ sql: SQL, translations: [String: String] = [:], using database: String? = nil, fileID: StaticString = #fileID,
        line: UInt = #line
    ) async throws
        -> [Root]
    {
        try await observed(fileID, line) {
            let records = try await Databases.required().store.raw(
                Root.label, sql.pieces, translations: translations, database: database)
            return try records.map { record in
                guard record.deferred.isEmpty else {
                    throw ModelError(
                        .field, "the statement has no column for \(record.deferred.joined(separator: ", "))")
                }
                var row = ModelRow(record, types: [:], prefix: "")
                return try Root(row: &row)
            }
        }
    }
}
