// SPDX-License-Identifier: Apache-2.0

/// The databases of a program, by name, and who says which model's rows are where.
public final class Databases: Sendable {
    /// The one that is asked if nothing says otherwise.
    public let main: Database
    private let byName: [String: Database]
    private let router: (any DatabaseRouter)?

    /// One database and others; the router is asked for each query that names none.
    public init(_ main: Database, _ others: [Database] = [], router: (any DatabaseRouter)? = nil) {
        self.main = main
        byName = Dictionary(([main] + others).map { ($0.name, $0) }) { first, _ in first }
        self.router = router
    }

    /// A database by its name; throws `ModelError` with the code `.database` for an unknown one.
    public func named(_ name: String) throws -> Database {
        guard let database = byName[name] else { throw ModelError(.database, "there is no database \(name)") }
        return database
    }

    /// Where rows of a model are read.
    public func reading(_ model: ModelSchema, named name: String? = nil) throws -> Database {
        try name.map(named) ?? router?.databaseForRead(model).map(named) ?? main
    }

    /// Where rows of a model are written.
    public func writing(_ model: ModelSchema, named name: String? = nil) throws -> Database {
        try name.map(named) ?? router?.databaseForWrite(model).map(named) ?? main
    }
}

/// Says which database a model's rows are in (Django's `DATABASE_ROUTERS`); nil where it does not mind.
public protocol DatabaseRouter: Sendable {
    /// The name of the database to read rows from.
    func databaseForRead(_ model: ModelSchema) -> String?
    /// The name of the database to write rows to.
    func databaseForWrite(_ model: ModelSchema) -> String?
    /// Whether an object of one database may refer to one of another.
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
