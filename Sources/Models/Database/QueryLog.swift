// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The statements of a task and of those that it starts, with what they cost.
public final class QueryLog: Sendable {
    /// One statement that was sent.
    public struct Entry: Sendable {
        /// The statement.
        public let sql: String
        /// The values that it bound.
        public let binds: [Value]
        /// The name of the database.
        public let database: String
        /// From sending it to its last row.
        public let duration: Duration
        /// The line of the program that asked for it; nil where it is not known.
        public let callSite: CallSite?
    }

    private let state = Mutex<[Entry]>([])

    /// Nothing yet.
    public init() {}

    /// What was sent, in its order.
    public var entries: [Entry] { state.withLock { $0 } }

    /// How many statements were sent.
    public var count: Int { state.withLock { $0.count } }

    /// Forgets what was sent.
    public func clear() { state.withLock { $0 = [] } }

    func add(_ statement: Statement, database: String, duration: Duration, at callSite: CallSite?) {
        state.withLock {
            $0.append(
                Entry(
                    sql: statement.sql, binds: statement.binds, database: database, duration: duration,
                    callSite: callSite))
        }
    }

    /// Runs `body` and gives what it sent.
    public static func record<Result>(_ body: () async throws -> Result) async rethrows -> (Result, QueryLog) {
        let log = QueryLog()
        let observer = StatementObserver(log: log, repeats: Database.observer?.repeats)
        let result = try await Database.$observer.withValue(observer) { try await body() }
        return (result, log)
    }
}
