// SPDX-License-Identifier: Apache-2.0

public import SluiceModels
public import SluiceWeb

/// A user, as a row of the table `accounts_user` (Django's `auth.User`).
///
/// An application keeps more about its users in a model of its own with a one-to-one reference to `accounts.User`; with
/// another ``UserBackend`` it does without this one.
public struct Account: Model, User {
    /// The table.
    public static let declaration = ModelDeclaration(
        "accounts", "User", ordering: ["name"],
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true),
            FieldDeclaration("name", .char(150), unique: true),
            FieldDeclaration("email", .email(254), blank: true),
            FieldDeclaration("password", .char(200)),
            FieldDeclaration("isActive", .boolean, column: "is_active"),
            FieldDeclaration("isStaff", .boolean, column: "is_staff"),
            FieldDeclaration("isSuperuser", .boolean, column: "is_superuser"),
            FieldDeclaration("joined", .dateTime),
            FieldDeclaration("lastSignIn", .dateTime, null: true, column: "last_sign_in"),
            .manyToMany("groups", to: "accounts.Group", relatedName: "users"),
            .manyToMany("permissions", to: "accounts.Permission", relatedName: "users"),
        ])

    /// The key.
    public var id = 0
    /// The name, unique, 150 characters at most; letters, digits and `@.+-_` (``UserName``).
    public var name: String
    /// The address, or nothing.
    public var email: String
    /// The password's hash in Django's form, see `PasswordHash`.
    public var password: String
    /// Whether the user may sign in; whoever leaves is made inactive rather than deleted.
    public var isActive = true
    /// Whether the user may see the pages of the staff.
    public var isStaff = false
    /// Whether the user may do everything.
    public var isSuperuser = false
    /// When the account was made.
    public var joined: Timestamp
    /// When the user signed in last.
    public var lastSignIn: Timestamp?
    /// What is known of the row.
    public var state = ModelState()
    /// The key.
    public var primaryKey: Int {
        get { id }
        set { id = newValue }
    }
    /// The groups that the user is in.
    public var groups: Many<AccountGroup, NoThrough> { many("groups", back: "users") }
    /// What the user may do beside what the groups may.
    public var permissions: Many<Permission, NoThrough> { many("permissions", back: "users") }

    /// Whether the user may sign in.
    public var isAuthenticated: Bool { isActive }

    /// A new account; it has to be saved.
    public init(name: String, email: String = "", password: String, joined: Timestamp) {
        self.name = name
        self.email = email
        self.password = password
        self.joined = joined
    }

    /// Reads a row.
    public init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        email = try row.next()
        password = try row.next()
        isActive = try row.next()
        isStaff = try row.next()
        isSuperuser = try row.next()
        joined = try row.next()
        lastSignIn = try row.next()
        state = try row.state()
    }

    /// Writes the columns.
    public func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
        row.add(email)
        row.add(password)
        row.add(isActive)
        row.add(isStaff)
        row.add(isSuperuser)
        row.add(joined)
        row.add(lastSignIn)
    }

    /// The names in queries.
    public struct Fields: ModelFields {
        /// The model.
        public typealias Root = Account
        /// Where it is.
        public let path: FieldPath
        /// At the end of a path.
        public init(path: FieldPath) { self.path = path }
        /// The key.
        public var id: Expr<Int> { path.column("id") }
        /// The name.
        public var name: Expr<String> { path.column("name") }
        /// The address.
        public var email: Expr<String> { path.column("email") }
        /// The password's hash.
        public var password: Expr<String> { path.column("password") }
        /// Whether the user may sign in.
        public var isActive: Expr<Bool> { path.column("isActive") }
        /// Whether the user is of the staff.
        public var isStaff: Expr<Bool> { path.column("isStaff") }
        /// Whether the user may do everything.
        public var isSuperuser: Expr<Bool> { path.column("isSuperuser") }
        /// When the account was made.
        public var joined: Expr<Timestamp> { path.column("joined") }
        /// When the user signed in last.
        public var lastSignIn: Expr<Timestamp?> { path.column("lastSignIn") }
        /// The groups that the user is in.
        public var groups: ToMany<AccountGroup> { path.many("groups", back: "users") }
        /// What the user may do beside what the groups may.
        public var permissions: ToMany<Permission> { path.many("permissions", back: "users") }
    }
}
