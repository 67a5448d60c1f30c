// SPDX-License-Identifier: Apache-2.0

/// One model as it is declared: by `@Model`, by hand, or read from JSON.
public struct ModelDeclaration: Sendable {
    /// The application that it belongs to.
    public var app: String
    /// Its name, as a type is written.
    public var name: String
    /// Its fields, in the order of their columns.
    public var fields: [FieldDeclaration]
    /// The table, if not `app_model`.
    public var table: String?
    /// The table's name before it had this one: migrations rename it then.
    public var formerTable: String?
    /// What sets are ordered by that do not say otherwise: names of look-ups, `-` in front for descending.
    public var ordering: [String]
    /// What `latest()` looks at.
    public var latestBy: [String]
    /// Rules that the database enforces.
    public var constraints: [ConstraintDeclaration]
    /// Indexes over its fields.
    public var indexes: [IndexDeclaration]
    /// The models whose tables hold a part of each row (multi-table inheritance).
    public var parents: [String]
    /// The model whose rows this one shows under another name.
    public var proxyOf: String?
    /// What people read; nil for the name.
    public var verboseName: String?
    /// Whether tables are made and dropped for it.
    public var isManaged = true

    /// The same model, whose table had another name before: migrations rename it.
    public func was(_ table: String) -> ModelDeclaration {
        var other = self
        other.formerTable = table
        return other
    }

    /// A model of an application.
    public init(
        _ app: String, _ name: String, table: String? = nil, ordering: [String] = [], latestBy: [String] = [],
        parents: [String] = [], proxyOf: String? = nil, constraints: [ConstraintDeclaration] = [],
        indexes: [IndexDeclaration] = [], _ fields: [FieldDeclaration] = []
    ) {
        self.app = app
        self.name = name
        self.fields = fields
        self.table = table
        self.ordering = ordering
        self.latestBy = latestBy
        self.constraints = constraints
        self.indexes = indexes
        self.parents = parents
        self.proxyOf = proxyOf
    }

    /// `app.Name`.
    public var label: String { "\(app).\(name)" }
}

/// A rule that the database enforces for each row.
public enum ConstraintDeclaration: Sendable {
    /// No two rows have the same values in these fields; with a condition, among the rows it is true for.
    case unique(name: String, fields: [String], condition: QueryPredicate? = nil)
    case check(name: String, QueryPredicate)

    /// The name in the database.
    public var name: String {
        switch self {
        case .unique(let name, _, _), .check(let name, _): name
        }
    }
}

/// An index over fields; `-` in front of one for descending.
public struct IndexDeclaration: Sendable {
    /// The name in the database.
    public var name: String
    /// The fields, `-` in front of one for descending.
    public var fields: [String]

    /// An index of a name.
    public init(name: String, fields: [String]) {
        self.name = name
        self.fields = fields
    }
}
