// SPDX-License-Identifier: Apache-2.0

/// The databases of a program, by name, and who says which model's rows are where.
public final class Databases: Sendable {
    /// The one that is asked if nothing says otherwise.
    public let main: Database
    private let byName: [String: Database]
    private let routers: [any DatabaseRouter]

    /// One database and others; the routers are asked in their order for each query that names none.
    public init(_ main: Database, _ others: [Database] = [], routers: [any DatabaseRouter] = []) {
        self.main = main
        byName = Dictionary(([main] + others).map { ($0.name, $0) }) { first, _ in first }
        self.routers = routers
    }

    /// The databases that URLs name, by their aliases (Django's `DATABASES`); none of them is connected yet.
    ///
    /// Throws `ModelError` with the code `.value` for an URL that cannot be used, or without an URL for `default`.
    public convenience init(
        _ urls: [String: String], schema: Schema, backends: [DatabaseBackend], routers: [any DatabaseRouter] = [],
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) throws {
        let databases = try urls.sorted { $0.key < $1.key }.map { name, url in
            try Database(url, name: name, schema: schema, backends: backends, clock: clock)
        }
        guard let main = databases.first(where: { $0.name == "default" }) else {
            throw ModelError(.value, "there is no database under the alias 'default'")
        }
        self.init(main, databases.filter { $0 !== main }, routers: routers)
    }

    /// All of them: the main one, then the others by name.
    public var all: [Database] {
        [main] + byName.values.filter { $0 !== main }.sorted { $0.name < $1.name }
    }

    /// Runs something in which models are asked of these databases.
    public func run<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await Self.$current.withValue(self) { try await body() }
    }

    /// Connects all of them; throws as ``Database/connect()`` does for the first that does not answer.
    public func connect() async throws {
        for database in all { try await database.connect() }
    }

    /// Ends all links.
    public func close() async {
        for database in all { await database.close() }
    }

    /// A database by its name; throws `ModelError` with the code `.database` for an unknown one.
    public func named(_ name: String) throws -> Database {
        guard let database = byName[name] else { throw ModelError(.database, "there is no database \(name)") }
        return database
    }

    /// Where rows of a model are read.
    ///
    /// - Parameters:
    ///   - name: the database that was named; nil for none.
    ///   - hint: the database of the object that it is about, where no router says otherwise.
    public func reading(_ model: ModelSchema, named name: String? = nil, hint: String? = nil) throws -> Database {
        if let name { return try named(name) }
        return try (routed { $0.databaseForRead(model) } ?? hint).map(named) ?? main
    }

    /// Where rows of a model are written.
    ///
    /// - Parameters:
    ///   - name: the database that was named; nil for none.
    ///   - hint: the database of the object that it is about, where no router says otherwise.
    public func writing(_ model: ModelSchema, named name: String? = nil, hint: String? = nil) throws -> Database {
        if let name { return try named(name) }
        return try (routed { $0.databaseForWrite(model) } ?? hint).map(named) ?? main
    }

    /// Whether a model has its table in a database: what the routers say, else yes.
    public func allowsMigration(_ model: ModelSchema, on database: String) -> Bool {
        routed { $0.allowsMigration(model, on: database) } ?? true
    }

    /// Whether objects can be in different places, so that it has to be asked whether they may refer to each other.
    var hasPlaces: Bool { byName.count > 1 || !routers.isEmpty }

    func routersAllowRelation(_ first: ModelSchema, _ second: ModelSchema) -> Bool? {
        routed { $0.allowsRelation(first, second) }
    }

    /// What the first router says that minds.
    private func routed<Answer>(_ ask: (any DatabaseRouter) -> Answer?) -> Answer? {
        for router in routers { if let answer = ask(router) { return answer } }
        return nil
    }
}

/// Says which database a model's rows are in (Django's `DATABASE_ROUTERS`); nil where it does not mind.
public protocol DatabaseRouter: Sendable {
    /// The name of the database to read rows from.
    func databaseForRead(_ model: ModelSchema) -> String?
    /// The name of the database to write rows to.
    func databaseForWrite(_ model: ModelSchema) -> String?
    /// Whether an object may refer to one of the other model; nil leaves it to whether both are in the same database. Asked
    /// when an object is saved that holds the other one, and when objects are added to a relation.
    func allowsRelation(_ first: ModelSchema, _ second: ModelSchema) -> Bool?
    /// Whether a model has a table in a database.
    func allowsMigration(_ model: ModelSchema, on database: String) -> Bool?
}

extension DatabaseRouter {
    /// Does not mind.
    public func databaseForRead(_ model: ModelSchema) -> String? { nil }
    /// Does not mind.
    public func databaseForWrite(_ model: ModelSchema) -> String? { nil }
    /// Does not mind.
    public func allowsRelation(_ first: ModelSchema, _ second: ModelSchema) -> Bool? { nil }
    /// Does not mind.
    public func allowsMigration(_ model: ModelSchema, on database: String) -> Bool? { nil }
}
