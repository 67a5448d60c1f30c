// SPDX-License-Identifier: Apache-2.0

/// The object that a relation is one of, as far as the relation needs it.
struct RelationOwner: Sendable {
    let label: String
    /// NULL if the object has no row.
    let key: Value
    let database: String?
    let loaded: [String: any Sendable]

    init(_ object: some Model) {
        label = type(of: object).label
        let hasRow = !object.state.isNew || object.primaryKey.columnValue != .int(0)
        key = hasRow ? object.primaryKey.columnValue : .null
        database = object.state.database
        loaded = object.state.loaded
    }

    /// The object by its key only.
    func record(_ schema: Schema) throws -> Record {
        let model = try schema.required(label)
        var record = Record(model, values: Array(repeating: nil, count: model.fields.count), database: database)
        if case .list(let parts) = key {
            for (field, part) in zip(model.keyFields, parts) { record[field.attribute] = part }
        } else {
            record["pk"] = key
        }
        return record
    }
}

extension Model {
    /// A many-to-many relation without a model in the middle: its name on the object, and how look-ups on the other
    /// side name this model.
    public func many<Target>(_ accessor: String, back: String) -> Many<Target, NoThrough> {
        Many(owner: RelationOwner(self), accessor: accessor, back: back)
    }

    /// A many-to-many relation over a model in the middle.
    public func many<Target, Through: Model>(
        _ accessor: String, back: String, through: Through.Type
    ) -> Many<Target, Through> {
        Many(owner: RelationOwner(self), accessor: accessor, back: back)
    }

    /// The objects that refer to this one by a reference that cannot be missing: the relation's name on the object,
    /// and the field of the reference.
    public func related<Target>(_ accessor: String, by field: String) -> RelatedSet<Self, Target> {
        RelatedSet(object: self, accessor: accessor, field: field)
    }

    /// The objects that refer to this one by a reference that may be missing.
    public func optionalRelated<Target>(_ accessor: String, by field: String) -> OptionalRelatedSet<Self, Target> {
        OptionalRelatedSet(core: RelatedSet(object: self, accessor: accessor, field: field))
    }

    /// The object that refers to this one by a one-to-one reference.
    public func relatedOne<Target>(_ accessor: String, by field: String) -> RelatedOne<Target> {
        RelatedOne(owner: RelationOwner(self), accessor: accessor, field: field)
    }
}
