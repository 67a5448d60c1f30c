// SPDX-License-Identifier: Apache-2.0

#if Models
import Logging
public import SluiceCore
import SluiceModels

/// Warns of requests that send the same statement again and again, see ``SluiceModels/QueryGuard``: one line of the log
/// for each such statement of a request, with its number and who sent it at last.
///
/// ```swift
/// contributions.add(to: .middleware) { QueryGuardMiddleware() }
/// ```
/// It is for HTTP, where a connection is a request; a consumer's messages are guarded by a filter that runs
/// `QueryGuard`. An application without it pays nothing.
public struct QueryGuardMiddleware: Middleware {
    private let limit: Int

    /// - Parameter limit: how often the same statement is in order in a request; default 10.
    public init(limit: Int = 10) { self.limit = limit }

    /// Serves a request, and counts what it sends.
    public func handle<Kind: ConnectionKind>(
        scope: Scope, receive: Receive<Kind>, send: Send<Kind>, next: any Application<Kind>
    ) async throws {
        guard Kind.self == HTTP.self else { return try await next(scope: scope, receive: receive, send: send) }
        let logger = scope.logger
        let queries = QueryGuard(limit: limit) { finding in
            logger.warning(
                "the same statement many times in one request",
                metadata: [
                    "statement": "\(finding.sql)", "count": "\(finding.count)", "database": "\(finding.database)",
                    "by": "\(finding.callSite?.description ?? "unknown")",
                ])
        }
        try await queries.run { try await next(scope: scope, receive: receive, send: send) }
    }
}
#endif
