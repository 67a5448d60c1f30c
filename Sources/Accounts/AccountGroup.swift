// SPDX-License-Identifier: Apache-2.0

public import SluiceModels

/// Users who may do the same (Django's `auth.Group`).
public struct AccountGroup: Model {
    /// The table.
    public static let declaration = ModelDeclaration(
        "accounts", "Group", ordering: ["name"],
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("name", .char(150), unique: true),
            .manyToMany("permissions", to: "accounts.Permission", relatedName: "groups"),
        ])

    /// The key.
    public var id = 0
    /// The name, unique.
    public var name: String
    /// What is known of the row.
    public var state = ModelState()
    /// The key.
    public var primaryKey: Int {
        get { id }
        set { id = newValue }
    }
    /// What its users may do.
    public var permissions: Many<Permission, NoThrough> { many("permissions", back: "groups") }
    /// Its users.
    public var users: Many<Account, NoThrough> { many("users", back: "groups") }

    /// A new group; it has to be saved.
    public init(name: String) {
        self.name = name
    }

    /// Reads a row.
    public init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        state = try row.state()
    }

    /// Writes the columns.
    public func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
    }

    /// The names in queries.
    public struct Fields: ModelFields {
        /// The model.
        public typealias Root = AccountGroup
        /// Where it is.
        public let path: FieldPath
        /// At the end of a path.
        public init(path: FieldPath) { self.path = path }
        /// The key.
        public var id: Expr<Int> { path.column("id") }
        /// The name.
        public var name: Expr<String> { path.column("name") }
        /// What its users may do.
        public var permissions: ToMany<Permission> { path.many("permissions", back: "groups") }
        /// Its users.
        public var users: ToMany<Account> { path.many("users", back: "groups") }
    }
}
