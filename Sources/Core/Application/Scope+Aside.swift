// SPDX-License-Identifier: Apache-2.0

extension Scope {
    /// Runs a call that goes deep, such as into a database, in a task of its own on the connection's executor.
    ///
    /// A task keeps the memory of its deepest call for as long as it lives, some KiB under a query, and a connection's
    /// task lives as long as the connection. What is called once, at its beginning, need not cost every idle connection
    /// that much. It costs the making of a task, about a microsecond.
    ///
    /// Task-local values are the caller's, and so is its cancellation.
    ///
    /// - Throws: what the call throws.
    public func aside<Result: Sendable>(
        _ call: sending @escaping @isolated(any) () async throws -> Result
    ) async throws -> Result {
        let task = Task(executorPreference: connection.executor, operation: call)
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
