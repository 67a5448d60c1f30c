// SPDX-License-Identifier: Apache-2.0

/// One object of a model that is known by its schema only: what the typed models are to the compiler.
public struct Record: Sendable {
    /// Its model.
    public let model: ModelSchema
    /// The values of the model's fields; nil for those that were not loaded.
    public var values: [Value?]
    /// What a query added under names of its own.
    public var annotations: [String: Value] = [:]
    /// Single objects that were loaded with it, by the name of the relation; nil inside for a missing one.
    public var related: [String: Record?] = [:]
    /// Sets of objects that were loaded with it.
    public var prefetched: [String: [Record]] = [:]
    /// The name of the database that it came from or went to.
    public var database: String?
    /// Whether no row of the database is known for it.
    public var isNew = true

    /// A new object with the fields' defaults.
    public init(_ model: ModelSchema) {
        self.model = model
        values = model.fields.map { field in
            if field.declaration.generated != nil { return nil }
            if let value = field.declaration.defaultValue { return value.make() }
            if field.declaration.databaseDefault != nil { return nil }
            // A text without a value is empty, as in Django.
            return field.kind.isText && !field.isNull && field.relation == nil ? .text("") : .null
        }
    }

    init(_ model: ModelSchema, values: [Value?], database: String?) {
        self.model = model
        self.values = values
        self.database = database
        isNew = false
    }

    /// The key: of several fields as a list; NULL if it is not known.
    public var key: Value {
        let parts = model.keyFields.map { field in model.position(of: field.attribute).flatMap { values[$0] } ?? .null }
        return parts.count == 1 ? parts[0] : parts.contains(where: \.isNull) ? .null : .list(parts)
    }

    /// A field's value by its name or by the name of its stored value; nil if it was not loaded or is unknown.
    public subscript(name: String) -> Value? {
        get { name == "pk" ? key : model.position(of: name).flatMap { values[$0] } }
        set {
            let name = name == "pk" ? model.primaryKey.attribute : name
            if let position = model.position(of: name) { values[position] = newValue }
        }
    }

    /// The names of the stored values that were not loaded.
    public var deferred: [String] {
        zip(model.fields, values).filter { $0.1 == nil && $0.0.declaration.generated == nil || $0.1 == nil && !isNew }
            .map(\.0.attribute)
    }
}
