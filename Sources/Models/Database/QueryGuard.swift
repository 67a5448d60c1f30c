// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Finds statements that one request sends again and again with other values ("N+1"): a relation that is asked for object
/// by object, where `selectRelated` or `prefetchRelated` would load it at once.
///
/// ```swift
/// try await QueryGuard { logger.warning("\($0)") }.run { try await view(request) }
/// ```
/// Tasks that the body starts are counted with it. Outside of any guard nothing is counted, and nothing is paid.
public struct QueryGuard: Sendable {
    /// A statement that was sent too often.
    public struct Finding: Sendable, CustomStringConvertible {
        /// The statement, without its values.
        public let sql: String
        /// How often it has been sent.
        public let count: Int
        /// The name of the database.
        public let database: String
        /// Who sent it the last time, where that is known.
        public let callSite: CallSite?

        /// One line.
        public var description: String {
            let place = callSite.map { ", at last by \($0)" } ?? ""
            return "sent \(count) times\(place): \(sql.singleLine)"
        }
    }

    private let limit: Int
    private let report: (@Sendable (Finding) -> Void)?

    /// Reports a statement once, when it is sent more often than a limit.
    ///
    /// - Parameter limit: how often the same statement is in order; default 10. The values that it binds do not matter.
    public init(limit: Int = 10, report: @escaping @Sendable (Finding) -> Void) {
        self.limit = limit
        self.report = report
    }

    private init(limit: Int) {
        self.limit = limit
        report = nil
    }

    /// For tests: a statement beyond the limit is not sent, but throws `ModelError` with the code `.repeated`.
    public static func failing(limit: Int = 10) -> QueryGuard { QueryGuard(limit: limit) }

    /// Runs something that is counted for itself, as a request or a message is.
    public func run<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        let repeats = RepeatedStatements(limit: limit, report: report)
        let observer = StatementObserver(log: Database.observer?.log, repeats: repeats)
        return try await Database.$observer.withValue(observer) { try await body() }
    }
}

/// How often each statement of one request was sent; at most 1,000 different ones are counted.
final class RepeatedStatements: Sendable {
    private let limit: Int
    private let report: (@Sendable (QueryGuard.Finding) -> Void)?
    private let counts = Mutex<[String: Int]>([:])

    init(limit: Int, report: (@Sendable (QueryGuard.Finding) -> Void)?) {
        self.limit = limit
        self.report = report
    }

    func add(_ sql: String, database: String, at callSite: CallSite?) throws {
        let key = database + " " + sql
        let count = counts.withLock { counts in
            if counts.count >= 1_000, counts[key] == nil { return 0 }
            counts[key, default: 0] += 1
            return counts[key, default: 0]
        }
        guard count > limit else { return }
        let finding = QueryGuard.Finding(sql: sql, count: count, database: database, callSite: callSite)
        guard let report else { throw ModelError(.repeated, "\(finding)") }
        if count == limit + 1 { report(finding) }
    }
}
