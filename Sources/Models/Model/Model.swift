// SPDX-License-Identifier: Apache-2.0

/// A struct whose values are rows of a table.
///
/// `@Model` writes the conformance; by hand it is the same few lines. Properties are read and written by position, in
/// the order of the declaration's fields that have a column (those of a parent model first).
public protocol Model: Sendable {
    /// What queries can name: a column for each property, relations both ways.
    associatedtype Fields: ModelFields where Fields.Root == Self
    /// The type of the key.
    associatedtype Key: ColumnValue, Hashable where Key.Present == Key
    /// Table, fields and rules; one constant, because each query asks for it.
    static var declaration: ModelDeclaration { get }
    /// Whether it is an ``ObservedModel``.
    static var isObserved: Bool { get }
    /// What is known of the row beyond its columns.
    var state: ModelState { get set }
    /// The key: 0 for a counted one that is not known yet.
    var primaryKey: Key { get set }
    /// Reads a row's columns in their order.
    init(row: inout ModelRow) throws
    /// Writes the columns in their order.
    func encode(to row: inout ModelEncoder)
}

/// The names that a model has in queries, at the end of some path.
public protocol ModelFields: Sendable {
    /// The model.
    associatedtype Root: Model
    /// How the query comes here.
    var path: FieldPath { get }
    /// The names at the end of a path.
    init(path: FieldPath)
}

extension Model {
    /// `app.Name`.
    public static var label: String { declaration.label }

    /// All rows, in the databases of the task. It can be asked like a query set, but neither changed nor deleted as a
    /// whole by accident: that needs `all()` or a filter.
    public static var objects: Manager<Self> { Manager() }

    /// The object as the schema knows it.
    func record(in schema: Schema) throws -> Record {
        let model = try schema.required(Self.label)
        var encoder = ModelEncoder()
        encode(to: &encoder)
        guard encoder.values.count == model.fields.count else {
            throw ModelError(
                .schema,
                "\(Self.label) writes \(encoder.values.count) columns, its declaration has \(model.fields.count)")
        }
        var record = Record(model, values: encoder.values, database: state.database)
        record.isNew = state.isNew
        for (index, field) in model.fields.enumerated() {
            if field.declaration.generated != nil {
                record.values[index] = nil
            } else if state.isNew, field.declaration.databaseDefault != nil, encoder.values[index].isNull {
                record.values[index] = nil
            } else if field.isPrimaryKey, field.kind.isCounted || field.isReference, encoder.values[index] == .int(0) {
                record.values[index] = .null
            }
        }
        return record
    }

    /// Takes over what a database gave when the object was written.
    mutating func adopt(_ record: Record) throws {
        let isFilledIn = record.model.fields.contains { field in
            field.declaration.generated != nil || field.declaration.databaseDefault != nil
                || field.declaration.clock != nil || field.declaration.relation?.isParentLink == true
        }
        if isFilledIn {
            // What a change of a row does not give back stays as it was.
            var encoder = ModelEncoder()
            encode(to: &encoder)
            var record = record
            for (index, value) in record.values.enumerated() where value == nil {
                record.values[index] = encoder.values[index]
            }
            var row = ModelRow(record, types: [:], prefix: "", loaded: state.loaded)
            self = try Self(row: &row)
        } else if !record.key.isNull {
            primaryKey = try Key(columnValue: record.key)
        }
        state.isNew = false
        state.database = record.database
    }
}
