// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore

/// Answers `OPTIONS *`, which asks the server itself and no application (RFC 9110 §9.3.7).
struct AsteriskOptions: Application {
    func callAsFunction(scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>) async throws {
        try await send(
            .responseStart(
                status: .noContent, headers: [.allow: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]))
        try await send(.responseBody(ByteBuffer(), moreBody: false))
    }
}

extension ApplicationHost {
    /// Who answers a request.
    ///
    /// - Throws: `RoutingError` when there is no application for HTTP.
    func application(for scope: Scope) throws -> any Application<HTTP> {
        // No path begins so; only `*` does.
        if scope.rawPath.utf8.first == UInt8(ascii: "*") { return AsteriskOptions() }
        guard let http else { throw RoutingError.noApplication(HTTP.self) }
        return http
    }
}
