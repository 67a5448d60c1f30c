// SPDX-License-Identifier: Apache-2.0

/// A transaction that stands for the database itself: to those in it there is none, until they begin one of their own.
///
/// Several tasks share it, so each statement of its own and each transaction within has its turn.
package final class SharedTransaction: Sendable {
    let connection: any DatabaseConnection
    private struct Turn: Sendable {}
    private let turns = ConnectionPool<Turn>(size: 1) { Turn() }

    init(_ connection: any DatabaseConnection) { self.connection = connection }

    /// Runs something while nobody else does.
    func alone<Result>(_ body: () async throws -> Result) async throws -> Result {
        let turn = try await turns.lease()
        do {
            let result = try await body()
            turns.giveBack(turn)
            return result
        } catch {
            turns.giveBack(turn)
            throw error
        }
    }
}

extension Database {
    /// The shared transactions of the current task, by database.
    @TaskLocal package static var sharedTransactions: [ObjectIdentifier: SharedTransaction] = [:]

    var sharedTransaction: SharedTransaction? { Self.sharedTransactions[ObjectIdentifier(self)] }

    /// Runs `body` in a transaction that is rolled back at its end, and that all tasks which it starts share.
    ///
    /// What they do looks to them as it always does: a statement that fails is undone alone, transactions end, and actions
    /// are done when they have ended.
    package func rolledBack<Result>(_ body: () async throws -> Result) async throws -> Result {
        guard transaction == nil, sharedTransaction == nil else {
            throw ModelError(.transaction, "there is a transaction already")
        }
        let connection = try await driver.lease(writing: true)
        do {
            try await control(driver.dialect.transactions.begin, connection)
            var all = Self.sharedTransactions
            all[ObjectIdentifier(self)] = SharedTransaction(connection)
            let result = await Swift.Result { () async throws in
                try await Self.$sharedTransactions.withValue(all) { try await body() }
            }
            try await control("ROLLBACK", connection)
            await driver.giveBack(connection, writing: true)
            return try result.get()
        } catch {
            await driver.giveBack(connection, writing: true)
            throw error
        }
    }

    /// A statement outside of a transaction: if it fails, only it is undone.
    func run<Result: Sendable>(
        _ statement: Statement, in shared: SharedTransaction, _ body: @Sendable (RowReader) throws -> Result
    ) async throws -> Result {
        try await shared.alone {
            try await savepoint(on: shared.connection, "sluice_shared") {
                try await observed(statement) { try await shared.connection.run(statement, body) }
            }
        }
    }

    /// A transaction, as far as those who share one around it can tell.
    func transaction<Result>(
        in shared: SharedTransaction, _ body: () async throws -> Result
    ) async throws -> Result {
        let transaction = Transaction(shared.connection)
        let result = try await shared.alone {
            defer { transaction.end() }
            return try await savepoint(on: shared.connection, "sluice_shared") {
                var all = Self.transactions
                all[ObjectIdentifier(self)] = transaction
                return try await Self.$transactions.withValue(all) { try await body() }
            }
        }
        for action in transaction.takeActions() { await action() }
        return result
    }
}

extension Swift.Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
