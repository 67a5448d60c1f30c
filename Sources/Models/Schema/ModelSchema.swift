// SPDX-License-Identifier: Apache-2.0

/// One model of a linked schema.
public final class ModelSchema: Sendable {
    /// Its position in the schema.
    public let id: ModelID
    /// As it was declared.
    public let declaration: ModelDeclaration
    /// `app.Name`.
    public let label: String
    /// The table in the database.
    public let table: String
    /// Fields with a column in this model's own table, in the order of declaration.
    public let localFields: [FieldSchema]
    /// Fields with a column, those of parents first: a whole row.
    public let fields: [FieldSchema]
    /// Its sets of references, those of parents too.
    public let manyToMany: [FieldSchema]
    /// The key; for a key of several fields, a field without a column.
    public let primaryKey: FieldSchema
    /// The fields of the key: one, or the parts of a key of several fields.
    public let keyFields: [FieldSchema]
    /// The models whose tables hold a part of each row, nearest first, with the field that leads there.
    public let parents: [(model: ModelID, link: FieldSchema)]
    /// What refers to this model or to a parent.
    public let reverses: [ReverseRelation]
    /// What sets are ordered by that do not say otherwise.
    public let ordering: [String]
    /// The model whose table this is: itself, unless it is a proxy.
    public let concrete: ModelID
    /// Whether it is the table in the middle of a many-to-many relation that no one declared.
    public let isAutomatic: Bool
    private let targets: [String: LookupTarget]
    private let positions: [String: Int]

    init(
        id: ModelID, declaration: ModelDeclaration, table: String, localFields: [FieldSchema], fields: [FieldSchema],
        manyToMany: [FieldSchema], primaryKey: FieldSchema, keyFields: [FieldSchema],
        parents: [(model: ModelID, link: FieldSchema)], reverses: [ReverseRelation], ordering: [String],
        concrete: ModelID, isAutomatic: Bool
    ) {
        self.id = id
        self.declaration = declaration
        label = declaration.label
        self.table = table
        self.localFields = localFields
        self.fields = fields
        self.manyToMany = manyToMany
        self.primaryKey = primaryKey
        self.keyFields = keyFields
        self.parents = parents
        self.reverses = reverses
        self.ordering = ordering
        self.concrete = concrete
        self.isAutomatic = isAutomatic
        var targets: [String: LookupTarget] = [:]
        for reverse in reverses { targets[reverse.queryName] = .reverse(reverse) }
        for field in fields + manyToMany {
            targets[field.attribute] = .field(field)
            targets[field.name] = .field(field)
        }
        targets[primaryKey.name] = .field(primaryKey)
        targets["pk"] = .field(primaryKey)
        self.targets = targets
        var positions: [String: Int] = [:]
        for (index, field) in fields.enumerated() {
            positions[field.attribute] = index
            positions[field.name] = index
        }
        self.positions = positions
    }

    /// What a name in a look-up means here; nil for an unknown one.
    func target(_ name: String) -> LookupTarget? { targets[name] }

    /// A field by its name or by the name of its stored value; `pk` is the key. nil for an unknown name.
    public func field(_ name: String) -> FieldSchema? {
        if case .field(let field) = targets[name] { field } else { nil }
    }

    /// Where a field's value stands in a whole row.
    public func position(of name: String) -> Int? { positions[name] }

    /// The other direction of a relation by its name on an instance.
    public func reverse(_ name: String) -> ReverseRelation? { reverses.first { $0.name == name } }

    /// The names that look-ups may begin with, for messages.
    var lookupNames: [String] { targets.keys.sorted() }

    /// Whether the key has several fields.
    public var hasCompositeKey: Bool { keyFields.count > 1 }
}

/// What a name in a look-up leads to.
enum LookupTarget {
    case field(FieldSchema)
    case reverse(ReverseRelation)
}

/// A relation seen from the model that is referred to.
public final class ReverseRelation: Sendable {
    /// The field on the other side.
    public let field: FieldSchema
    /// The name on an instance; nil if there is none.
    public let name: String?
    /// The name in look-ups.
    public let queryName: String

    init(field: FieldSchema, name: String?, queryName: String) {
        self.field = field
        self.name = name
        self.queryName = queryName
    }

    /// Whether one row may have several on the other side.
    public var isMultiple: Bool { field.isManyToMany || !field.isUnique }
}
