// SPDX-License-Identifier: Apache-2.0

/// One field of a model in a linked schema.
public final class FieldSchema: Sendable {
    /// As it was declared.
    public let declaration: FieldDeclaration
    /// The model that declares it.
    public let model: ModelID
    /// The name in look-ups.
    public let name: String
    /// The name of the stored value: for a reference, the name and `_id` (Django's `attname`).
    public let attribute: String
    /// The column; empty for a set of references and for a key of several fields.
    public let column: String
    /// What the column holds: for a reference, what the field holds that it refers to.
    public let kind: FieldKind
    /// What it refers to.
    public let relation: RelationSchema?

    init(
        declaration: FieldDeclaration, model: ModelID, attribute: String, column: String, kind: FieldKind,
        relation: RelationSchema?
    ) {
        self.declaration = declaration
        self.model = model
        name = declaration.name
        self.attribute = attribute
        self.column = column
        self.kind = kind
        self.relation = relation
        isNull = declaration.isNull
        isPrimaryKey = declaration.isPrimaryKey
        isReference = declaration.kind == .reference
        isManyToMany = declaration.kind == .manyToMany
    }

    /// Whether it has a column.
    public var isConcrete: Bool { !column.isEmpty }
    /// Whether the column may be NULL.
    public let isNull: Bool
    /// Whether it is the key.
    public let isPrimaryKey: Bool
    /// Whether it refers to one row of another model.
    public let isReference: Bool
    /// Whether it is a set of references.
    public let isManyToMany: Bool
    /// Whether no two rows have the same value, and a reference has at most one row on its other side.
    public var isUnique: Bool { declaration.isUnique || declaration.isPrimaryKey }
}

/// The position of a model in its schema.
public struct ModelID: Sendable, Hashable {
    let index: Int
}

/// What a field refers to, with names resolved.
public final class RelationSchema: Sendable {
    /// As it was declared.
    public let declaration: RelationDeclaration
    /// The model with the field.
    public let source: ModelID
    /// The other model.
    public let target: ModelID
    /// The field of the other model that is stored (for a reference).
    public let targetField: String
    /// The model in the middle, and its two references (for a set of references).
    public let through: ThroughSchema?
    /// The name of the other direction on an instance; nil if there is none.
    public let reverseName: String?
    /// The name of the other direction in look-ups.
    public let reverseQueryName: String

    init(
        declaration: RelationDeclaration, source: ModelID, target: ModelID, targetField: String,
        through: ThroughSchema?,
        reverseName: String?, reverseQueryName: String
    ) {
        self.declaration = declaration
        self.source = source
        self.target = target
        self.targetField = targetField
        self.through = through
        self.reverseName = reverseName
        self.reverseQueryName = reverseQueryName
    }

    /// Whether at most one row refers to each row.
    public var isOneToOne: Bool { declaration.isOneToOne }
}

/// The table in the middle of a many-to-many relation.
public struct ThroughSchema: Sendable {
    /// The model in the middle.
    public let model: ModelID
    /// Its reference to the model with the field.
    public let sourceField: String
    /// Its reference to the other model.
    public let targetField: String
    /// Whether the schema made it, so that it has no columns of its own.
    public let isAutomatic: Bool
}
