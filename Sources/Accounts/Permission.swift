// SPDX-License-Identifier: Apache-2.0

public import SluiceModels

/// Something that users may be allowed, by a name of the application's choice: `tickets.decide` (Django's
/// `auth.Permission`).
public struct Permission: Model {
    /// The table.
    public static let declaration = ModelDeclaration(
        "accounts", "Permission", ordering: ["name"],
        [FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("name", .char(100), unique: true)])

    /// The key.
    public var id = 0
    /// The name, unique: `app.verb`.
    public var name: String
    /// What is known of the row.
    public var state = ModelState()
    /// The key.
    public var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    /// A new permission; it has to be saved.
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
        public typealias Root = Permission
        /// Where it is.
        public let path: FieldPath
        /// At the end of a path.
        public init(path: FieldPath) { self.path = path }
        /// The key.
        public var id: Expr<Int> { path.column("id") }
        /// The name.
        public var name: Expr<String> { path.column("name") }
        /// The users who have it by themselves.
        public var users: ToMany<Account> { path.many("users", back: "permissions") }
        /// The groups that have it.
        public var groups: ToMany<AccountGroup> { path.many("groups", back: "permissions") }
    }
}

extension Account {
    /// All that the user may do, by itself and by groups; asked of the database each time. A superuser may do
    /// everything, whatever stands here.
    public func allPermissions() async throws -> Set<String> {
        let own = Permission.objects.filter { $0.users.any { $0.id == id } }
        let byGroup = Permission.objects.filter { $0.groups.any { $0.users.any { $0.id == id } } }
        return Set(try await own.values(\.name).fetch()).union(try await byGroup.values(\.name).fetch())
    }

    /// Whether the user may do something (Django's `has_perm`); nobody inactive may do anything.
    public func may(_ permission: String) async throws -> Bool {
        guard isActive else { return false }
        if isSuperuser { return true }
        return try await Permission.objects.filter {
            $0.name == permission
                && ($0.users.any { $0.id == id } || $0.groups.any { $0.users.any { $0.id == id } })
        }.exists()
    }

    /// Whether the user is in a group, by its name.
    public func isIn(_ group: String) async throws -> Bool {
        try await AccountGroup.objects.filter { $0.name == group && $0.users.any { $0.id == id } }.exists()
    }
}
