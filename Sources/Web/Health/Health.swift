// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

/// The plug-in of the health end points: `/health/live` says that the process answers, `/health/ready` that it wants
/// connections and has what it needs (503 otherwise).
public struct Health: Plugin {
    /// `health`.
    public var name: String { "health" }

    private struct Answer: Encodable {
        var status: String
        var problems: [String: String]?
    }

    /// The end points under `/health/`.
    public init() {}

    /// Adds the two routes.
    public func contribute(to contributions: inout Contributions) {
        contributions.add(to: .routes) {
            Route("/health/live") { _ in try .json(Answer(status: "ok")) }
            Route("/health/ready") { request in try await Self.ready(request) }
        }
    }

    private static func ready(_ request: Request) async throws -> Response {
        guard !request.app[Readiness.self].isDraining else {
            return try .json(Answer(status: "draining"), status: .serviceUnavailable)
        }
        var problems: [String: String] = [:]
        for check in request.app[HealthChecks.self] {
            if let problem = await check.problem(request.app) { problems[check.name] = problem }
        }
        guard problems.isEmpty else {
            return try .json(Answer(status: "unavailable", problems: problems), status: .serviceUnavailable)
        }
        return try .json(Answer(status: "ok"))
    }
}
