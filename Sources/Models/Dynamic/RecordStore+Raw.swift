// SPDX-License-Identifier: Apache-2.0

extension RecordStore {
    /// Objects out of a statement of one's own: columns are fields by their names, others become annotations.
    ///
    /// `translations` says which field a column of another name is. Fields without a column are not loaded; the key
    /// must have one, else `ModelError` with the code `.field` is thrown.
    public func raw(
        _ label: String, _ pieces: [RawPiece], translations: [String: String] = [:], database name: String? = nil
    ) async throws -> [Record] {
        let model = try schema.required(label)
        let database = try databases.reading(model, named: name)
        let statement = try database.planner.raw(pieces)
        let fields = Dictionary(
            model.fields.enumerated().map { ($1.column, $0) }
                + translations.compactMap { column, field in
                    model.position(of: field).map { (column, $0) }
                }
        ) { _, last in last }
        let shown = database.name
        return try await database.run(statement, writing: false) { reader in
            var records: [Record] = []
            while try reader.next() {
                var record = Record(model, values: Array(repeating: nil, count: model.fields.count), database: shown)
                for column in 0..<reader.count {
                    let name = reader.name(column)
                    if let position = fields[name] {
                        record.values[position] = try reader.value(column, model.fields[position].kind)
                    } else {
                        record.annotations[name] = try reader.value(column, nil)
                    }
                }
                guard !record.key.isNull else {
                    throw ModelError(.field, "Raw query must include the primary key")
                }
                records.append(record)
            }
            return records
        }
    }
}

extension Planner {
    /// A statement of raw pieces; values are bound.
    package func raw(_ pieces: [RawPiece]) throws -> Statement {
        var writer = SQLWriter()
        for piece in pieces {
            switch piece {
            case .sql(let sql): try writer.write(raw: sql)
            case .value(let value): try compiler().dialect.write(value: value, nil, &writer)
            case .expression: throw ModelError(.type, "a raw statement has no model whose paths it could name")
            }
        }
        return try statement(writer)
    }
}
