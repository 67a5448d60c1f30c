// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// One database: its driver, its schema, and the transaction that the current task is in.
public final class Database: Sendable {
    /// Its name among the databases of a program.
    public let name: String
    /// The models whose tables it holds.
    public let schema: Schema
    /// The URL that it was opened by; nil for one that was made of a driver.
    public let location: DatabaseURL?
    package let driver: any DatabaseDriver
    private let clock: @Sendable () -> Timestamp
    let plans = PlanCache()

    /// A database of a driver.
    ///
    /// - Parameters:
    ///   - name: its alias among the databases of a program.
    ///   - location: the URL for messages, which show it without its password.
    ///   - clock: what `auto now` fields and `Now()` get.
    public init(
        name: String = "default", schema: Schema, driver: any DatabaseDriver, location: DatabaseURL? = nil,
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        self.location = location
        self.name = name
        self.schema = schema
        self.driver = driver
        self.clock = clock
    }

    /// The transactions of the current task, by database.
    @TaskLocal static var transactions: [ObjectIdentifier: Transaction] = [:]

    /// Who wants to know of statements; nil for no one.
    @TaskLocal package static var log: QueryLog?

    /// What the clock says.
    public var now: Timestamp { clock() }

    /// The innermost transaction of the task on this database.
    package var transaction: Transaction? { Self.transactions[ObjectIdentifier(self)] }

    /// Makes statements for this database.
    package var planner: Planner { Planner(schema: schema, dialect: driver.dialect, database: name, now: clock()) }

    /// Runs one statement, in the task's transaction if there is one; `body` reads its rows.
    package func run<Result: Sendable>(
        _ statement: Statement, writing: Bool, _ body: @Sendable (RowReader) throws -> Result
    ) async throws -> Result {
        try Task.checkCancellation()
        if let transaction {
            return try await logged(statement) { try await transaction.connection.run(statement, body) }
        }
        let connection = try await driver.lease(writing: writing)
        do {
            let result = try await logged(statement) { try await connection.run(statement, body) }
            await driver.giveBack(connection, writing: writing)
            return result
        } catch {
            await driver.giveBack(connection, writing: writing)
            throw error
        }
    }

    /// Runs a statement for its effect; gives the number of rows that it changed.
    @discardableResult
    package func execute(_ statement: Statement) async throws -> Int {
        try await run(statement, writing: true) { reader in
            while try reader.next() {}
            return reader.changes
        }
    }

    func logged<Result>(_ statement: Statement, _ body: () async throws -> Result) async throws -> Result {
        guard let log = Self.log else { return try await body() }
        let start = ContinuousClock.now
        defer { log.add(statement, database: name, duration: .now - start) }
        return try await body()
    }

    /// Ends all links.
    public func close() async { await driver.close() }
}

extension Timestamp {
    /// The current time of the system's clock.
    public static func now() -> Timestamp {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()))
    }
}
