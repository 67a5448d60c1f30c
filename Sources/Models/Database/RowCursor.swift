// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The rows of a statement that is read a part at a time, so that never all of them are in memory.
///
/// Dropping it ends it too: the link does that before its next statement.
public protocol RowCursor: AnyObject, Sendable {
    /// Reads the next rows: `body`'s reader has no further row after `count` of them, or after the last one.
    ///
    /// Throws as `DatabaseConnection.run` does, and what `body` throws.
    func read<Result: Sendable>(
        upTo count: Int, _ body: @Sendable (RowReader) throws -> Result
    ) async throws -> Result
    /// Ends it; a second time nothing happens.
    func close() async
}

/// A cursor with what it needs meanwhile: the link of the task's transaction, or one of its own until it ends.
final class LeasedCursor: Sendable {
    private let cursor: any RowCursor
    private let driver: any DatabaseDriver
    /// Leased for this cursor alone, as long as it lives.
    private let connection: (any DatabaseConnection)?
    private let transaction: Transaction?
    private let writing: Bool
    private let isClosed = Atomic(false)

    fileprivate init(
        _ cursor: any RowCursor, _ driver: any DatabaseDriver, connection: (any DatabaseConnection)?,
        transaction: Transaction?, writing: Bool
    ) {
        self.cursor = cursor
        self.driver = driver
        self.connection = connection
        self.transaction = transaction
        self.writing = writing
    }

    func read<Result: Sendable>(
        upTo count: Int, _ body: @Sendable (RowReader) throws -> Result
    ) async throws -> Result {
        try Task.checkCancellation()
        if let transaction, transaction.hasEnded {
            throw ModelError(.transaction, "the transaction that the rows were read in has ended")
        }
        guard connection == nil, transaction == nil else { return try await cursor.read(upTo: count, body) }
        // The link belongs to others between two parts; it must not be in the middle of their transactions.
        let link = try await driver.lease(writing: writing)
        do {
            let result = try await cursor.read(upTo: count, body)
            await driver.giveBack(link, writing: writing)
            return result
        } catch {
            await driver.giveBack(link, writing: writing)
            throw error
        }
    }

    /// Ends it and gives its link back.
    func close() async {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        await cursor.close()
        if let connection { await driver.giveBack(connection, writing: writing) }
    }

    deinit {
        // A loop that was left early. Without a link of its own the cursor is ended by its link's next statement.
        guard let connection, !isClosed.load(ordering: .relaxed) else { return }
        Task { [cursor, driver, writing] in
            await cursor.close()
            await driver.giveBack(connection, writing: writing)
        }
    }
}

extension Database {
    /// Begins to read the rows of a statement a part at a time.
    func cursor(_ statement: Statement, writing: Bool) async throws -> LeasedCursor {
        try Task.checkCancellation()
        return try await observed(statement) {
            if let transaction {
                return LeasedCursor(
                    try await transaction.connection.cursor(statement), driver, connection: nil,
                    transaction: transaction, writing: writing)
            }
            if let sharedTransaction {
                // It ends with the test; others' statements run in between, as on any link.
                let connection = sharedTransaction.connection
                let cursor = try await sharedTransaction.alone {
                    try await savepoint(on: connection, "sluice_shared") { try await connection.cursor(statement) }
                }
                return LeasedCursor(
                    cursor, driver, connection: nil, transaction: Transaction(connection), writing: writing)
            }
            let link = try await driver.lease(writing: writing)
            do {
                let cursor = try await link.cursor(statement)
                guard driver.cursorsNeedLease else {
                    await driver.giveBack(link, writing: writing)
                    return LeasedCursor(cursor, driver, connection: nil, transaction: nil, writing: writing)
                }
                return LeasedCursor(cursor, driver, connection: link, transaction: nil, writing: writing)
            } catch {
                await driver.giveBack(link, writing: writing)
                throw error
            }
        }
    }
}
