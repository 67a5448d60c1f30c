// SPDX-License-Identifier: Apache-2.0

#if Models
public import SluiceCore
public import SluiceModels

/// Runs a test on databases whose rows are afterwards what they were before (Django's `TestCase`).
///
/// The body runs in one transaction for each database, which is rolled back at its end. Views and consumers that it calls
/// through communicators share it: they see its rows and it sees theirs, transactions within are savepoints, and actions
/// for after a commit are done when theirs has ended. A statement that fails is undone alone. For a live server, see
/// ``SluiceCore/LifespanState/shareTransactions()``.
///
/// Statements of all its tasks have one link, so they wait for each other: a task that waits within a transaction for
/// what another one writes waits in vain, as it would on SQLite without a test.
/// - Throws: what the body throws; `ModelError` where the databases cannot be reached.
public func withRollback<Result>(
    of databases: Databases, _ body: () async throws -> Result
) async throws -> Result {
    try await databases.run { try await rollBack(databases.all[...], body) }
}

private func rollBack<Result>(
    _ databases: ArraySlice<Database>, _ body: () async throws -> Result
) async throws -> Result {
    guard let first = databases.first else { return try await body() }
    return try await first.rolledBack { try await rollBack(databases.dropFirst(), body) }
}

extension LifespanState {
    /// Lets tasks that a server or a communicator begins with this state share the transactions of the current test, see
    /// ``withRollback(of:_:)``. Without this only tasks share them that the test itself starts.
    public mutating func shareTransactions() {
        self[TaskLocalBindings.self].set(Database.$sharedTransactions, to: Database.sharedTransactions)
    }
}
#endif
