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

    /// What the clock says.
    public var now: Timestamp { clock() }

    /// The innermost transaction of the task on this database.
    package var transaction: Transaction? {
        // A task that was begun in one may outlive it.
        Self.transactions[ObjectIdentifier(self)].flatMap { $0.hasEnded ? nil : $0 }
    }

    /// Makes statements for this database.
    package var planner: Planner { Planner(schema: schema, dialect: driver.dialect, database: name, now: clock()) }

    /// Runs one statement, in the task's transaction if there is one; `body` reads its rows.
    package func run<Result: Sendable>(
        _ statement: Statement, writing: Bool, _ body: @Sendable (RowReader) throws -> Result
    ) async throws -> Result {
        try Task.checkCancellation()
        if let transaction {
            return try await observed(statement) { try await transaction.connection.run(statement, body) }
        }
        if let sharedTransaction { return try await run(statement, in: sharedTransaction, body) }
        let connection = try await driver.lease(writing: writing)
        do {
            let result = try await observed(statement) { try await connection.run(statement, body) }
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

    /// Ends all links.
    public func close() async { await driver.close() }
}

extension Timestamp {
    /// The current time of the system's clock.
    public static func now() -> Timestamp {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()))
    }
}
