// SPDX-License-Identifier: Apache-2.0

/// One field of a model as it is declared: by `@Model`, by hand, or read from JSON.
public struct FieldDeclaration: Sendable {
    /// The name in Swift and in look-ups.
    public var name: String
    /// The column's name before it had this one: migrations rename it then.
    public var formerColumn: String?
    /// What it holds.
    public var kind: FieldKind
    /// The column, if not the name (for a reference: the name and `_id`).
    public var column: String?
    /// Whether the column may be NULL.
    public var isNull: Bool
    /// Whether an empty text passes validation.
    public var isBlank: Bool
    /// Whether it is the key.
    public var isPrimaryKey: Bool
    /// Whether no two rows may have the same value.
    public var isUnique: Bool
    /// Whether it has an index.
    public var isIndexed: Bool
    /// What a new object gets that does not say otherwise.
    public var defaultValue: FieldDefault?
    /// What the database fills in itself (`db_default`).
    public var databaseDefault: Value?
    /// What the database computes (`GeneratedField`).
    public var generated: QueryExpression?
    /// Set to the clock by each save, or only by the first one.
    public var clock: ClockRule?
    /// The values that validation accepts, with their labels.
    public var choices: [Choice]
    /// What people read; nil for the name.
    public var verboseName: String?
    /// What people are told about it.
    public var helpText: String
    /// What a reference or a set of references refers to.
    public var relation: RelationDeclaration?

    /// The same field, whose column had another name before: migrations rename it.
    public func was(_ column: String) -> FieldDeclaration {
        var other = self
        other.formerColumn = column
        return other
    }

    /// A field of a kind; everything else has Django's defaults and can be set afterwards.
    public init(
        _ name: String, _ kind: FieldKind, null: Bool = false, blank: Bool = false, primaryKey: Bool = false,
        unique: Bool = false, index: Bool = false, default defaultValue: FieldDefault? = nil, column: String? = nil,
        choices: [Choice] = [], clock: ClockRule? = nil, verboseName: String? = nil, helpText: String = "",
        databaseDefault: Value? = nil, generated: QueryExpression? = nil
    ) {
        self.name = name
        self.kind = kind
        self.column = column
        isNull = null
        isBlank = blank
        isPrimaryKey = primaryKey
        isUnique = unique
        isIndexed = index
        self.defaultValue = defaultValue
        self.choices = choices
        self.clock = clock
        self.verboseName = verboseName
        self.helpText = helpText
        self.databaseDefault = databaseDefault
        self.generated = generated
    }

    /// A foreign key, or a one-to-one key if `unique`.
    public static func reference(
        _ name: String, to target: String, onDelete: OnDelete, null: Bool = false, unique: Bool = false,
        toField: String? = nil, relatedName: String? = nil, relatedQueryName: String? = nil,
        constraint: Bool = true, default defaultValue: FieldDefault? = nil, primaryKey: Bool = false,
        blank: Bool = false, parentLink: Bool = false, verboseName: String? = nil, column: String? = nil
    ) -> FieldDeclaration {
        var field = FieldDeclaration(
            name, .reference, null: null, blank: blank, primaryKey: primaryKey, unique: unique || primaryKey,
            index: true, default: defaultValue, column: column, verboseName: verboseName)
        var relation = RelationDeclaration(target: target)
        relation.isOneToOne = unique || primaryKey
        relation.onDelete = onDelete
        relation.toField = toField
        relation.relatedName = relatedName
        relation.relatedQueryName = relatedQueryName
        relation.hasConstraint = constraint
        relation.isParentLink = parentLink
        field.relation = relation
        return field
    }

    /// A many-to-many relation; without `through` it has a table of its own.
    public static func manyToMany(
        _ name: String, to target: String, through: String? = nil, throughFields: (String, String)? = nil,
        relatedName: String? = nil, relatedQueryName: String? = nil, table: String? = nil, symmetrical: Bool = false,
        verboseName: String? = nil
    ) -> FieldDeclaration {
        var field = FieldDeclaration(name, .manyToMany, verboseName: verboseName)
        var relation = RelationDeclaration(target: target)
        relation.through = through
        relation.throughFields = throughFields.map { [$0.0, $0.1] }
        relation.relatedName = relatedName
        relation.relatedQueryName = relatedQueryName
        relation.table = table
        relation.isSymmetrical = symmetrical
        field.relation = relation
        return field
    }
}

/// What a new object gets for a field that it does not name.
public enum FieldDefault: Sendable {
    case value(Value)
    /// Called for each new object.
    case call(@Sendable () -> Value)

    /// The value for one new object.
    public func make() -> Value {
        switch self {
        case .value(let value): value
        case .call(let make): make()
        }
    }
}

/// One accepted value and what people see for it.
public struct Choice: Sendable, Hashable {
    /// What is stored.
    public let value: Value
    /// What people read.
    public let label: String

    /// A value and its label.
    public init(_ value: Value, _ label: String) {
        self.value = value
        self.label = label
    }
}

/// When a field takes the time of the clock.
public enum ClockRule: Sendable, Hashable {
    /// By the first save (`auto_now_add`).
    case whenCreated
    /// By each save (`auto_now`).
    case whenSaved
}

/// What a reference or a set of references refers to, and how.
public struct RelationDeclaration: Sendable {
    /// The label of the other model, `app.Model`, or a name in the same application.
    public var target: String
    /// Whether at most one row refers to each row.
    public var isOneToOne = false
    /// What happens when the other row is deleted.
    public var onDelete = OnDelete.cascade
    /// The field of the other model that is stored, if not its key.
    public var toField: String?
    /// The name of the other direction; `+` for none; nil for Django's own (`book_set`, in look-ups `book`).
    public var relatedName: String?
    /// The name of the other direction in look-ups; nil for `relatedName`.
    public var relatedQueryName: String?
    /// Whether the database enforces it.
    public var hasConstraint = true
    /// Whether it is the key that a child model shares with its parent.
    public var isParentLink = false
    /// The model in the middle of a many-to-many relation.
    public var through: String?
    /// The two fields of the model in the middle: to this model, and to the other one.
    public var throughFields: [String]?
    /// The table of a many-to-many relation without a model in the middle.
    public var table: String?
    /// Whether the other direction always holds too (friends).
    public var isSymmetrical = false

    /// A plain reference to a model; the rest can be set afterwards.
    public init(target: String) { self.target = target }
}

/// What happens to rows that refer to a row that is deleted.
public enum OnDelete: Sendable {
    case cascade
    case protect
    case restrict
    case setNull
    case setDefault
    /// Set to what is computed when rows are found (`SET()`).
    case set(@Sendable (RecordStore) async throws -> Value)
    case doNothing
}
