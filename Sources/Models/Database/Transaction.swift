// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A transaction of one task: its link, and what is to be done once it is committed.
package final class Transaction: Sendable {
    package let connection: any DatabaseConnection
    private struct State {
        var depth = 0
        var afterCommit: [(depth: Int, action: @Sendable () async -> Void)] = []
        var hasEnded = false
    }
    private let state = Mutex(State())

    init(_ connection: any DatabaseConnection) { self.connection = connection }

    /// Goes one savepoint deeper; gives its depth.
    package func enter() -> Int {
        state.withLock { state in
            state.depth += 1
            return state.depth
        }
    }

    /// Comes back from a savepoint; what was to be done after it is forgotten if it was rolled back.
    package func leave(keeping: Bool) {
        state.withLock { state in
            if !keeping { state.afterCommit.removeAll { $0.depth >= state.depth } }
            state.depth -= 1
            let depth = state.depth
            state.afterCommit = state.afterCommit.map { (min($0.depth, depth), $0.action) }
        }
    }

    /// Whether it was committed or rolled back, so that its link is another one's.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }
    func end() { state.withLock { $0.hasEnded = true } }

    func add(_ action: @escaping @Sendable () async -> Void) {
        state.withLock { $0.afterCommit.append(($0.depth, action)) }
    }

    func takeActions() -> [@Sendable () async -> Void] {
        state.withLock { state in
            defer { state.afterCommit = [] }
            return state.afterCommit.map(\.action)
        }
    }
}

extension Database {
    /// Runs `body` in a transaction: all of its statements or none. Inside another one it is a savepoint.
    ///
    /// What `body` throws rolls it back and is thrown on. The statements of tasks that `body` starts and waits for
    /// belong to it too.
    @discardableResult
    public func transaction<Result>(_ body: () async throws -> Result) async throws -> Result {
        if let transaction { return try await savepoint(transaction, body) }
        if let sharedTransaction { return try await self.transaction(in: sharedTransaction, body) }
        let connection = try await driver.lease(writing: true)
        let transaction = Transaction(connection)
        do {
            let result = try await outermost(transaction, body)
            await driver.giveBack(connection, writing: true)
            for action in transaction.takeActions() { await action() }
            return result
        } catch {
            await driver.giveBack(connection, writing: true)
            throw error
        }
    }

    private func outermost<Result>(_ transaction: Transaction, _ body: () async throws -> Result) async throws -> Result
    {
        let connection = transaction.connection
        try await control(driver.dialect.transactions.begin, connection)
        defer { transaction.end() }
        do {
            var all = Self.transactions
            all[ObjectIdentifier(self)] = transaction
            let result = try await Self.$transactions.withValue(all) {
                try await withTaskExecutorPreference(connection.executor) { try await body() }
            }
            try await control("COMMIT", connection)
            return result
        } catch {
            try? await control("ROLLBACK", connection)
            throw error
        }
    }

    /// Runs `body` in a transaction in which tables may be changed, of which a database has one at a time, whoever asks.
    ///
    /// Throws `ModelError` with the code `.integrity` where references lead nowhere afterwards.
    func exclusively<Result>(_ body: () async throws -> Result) async throws -> Result {
        guard transaction == nil, sharedTransaction == nil else {
            throw ModelError(.transaction, "tables are not changed inside of a transaction")
        }
        let statements = driver.dialect.transactions
        let connection = try await driver.lease(writing: true)
        func end() async {
            for sql in statements.afterMigration { try? await control(sql, connection) }
            await driver.giveBack(connection, writing: true)
        }
        do {
            for sql in statements.beforeMigration { try await control(sql, connection) }
            let result = try await outermost(Transaction(connection)) {
                for sql in statements.lockMigration { try await control(sql, connection) }
                let result = try await body()
                if let check = statements.checkMigration { try await checkReferences(check) }
                return result
            }
            await end()
            return result
        } catch {
            await end()
            throw error
        }
    }

    private func checkReferences(_ check: String) async throws {
        let table = try await run(Statement(sql: check), writing: true) { try $0.next() ? $0.text(0) : nil }
        if let table { throw ModelError(.integrity, "rows of \(table) would refer to rows that are not there") }
    }

    private func savepoint<Result>(_ transaction: Transaction, _ body: () async throws -> Result) async throws -> Result
    {
        var keeps = false
        let name = "sluice_\(transaction.enter())"
        defer { transaction.leave(keeping: keeps) }
        let result = try await savepoint(on: transaction.connection, name, body)
        keeps = true
        return result
    }

    func savepoint<Result>(
        on connection: any DatabaseConnection, _ name: String, _ body: () async throws -> Result
    ) async throws -> Result {
        try await control("SAVEPOINT \(name)", connection)
        do {
            let result = try await body()
            try await control("RELEASE SAVEPOINT \(name)", connection)
            return result
        } catch {
            try? await control("ROLLBACK TO SAVEPOINT \(name)", connection)
            try? await control("RELEASE SAVEPOINT \(name)", connection)
            throw error
        }
    }

    /// Does something once the task's transaction is committed, or at once if there is none.
    public func onCommit(_ action: @escaping @Sendable () async -> Void) async {
        if let transaction { transaction.add(action) } else { await action() }
    }

    package func control(_ sql: String, _ connection: any DatabaseConnection) async throws {
        try await connection.run(Statement(sql: sql)) { _ = try $0.next() }
    }
}
