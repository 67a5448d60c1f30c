// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// Answers errors with `{"error":code}`, whatever a client accepts: what stands behind it is for programs.
struct JSONErrors: HTTPMiddleware {
    func handle(
        scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>, next: any Application<HTTP>
    ) async throws {
        do {
            try await next(scope: scope, receive: receive, send: send)
        } catch {
            try await Self.answer(to: error).send(to: send, answering: scope.method)
        }
    }

    /// The answer to an error.
    ///
    /// - Throws: the error itself, when it is nothing that the client did.
    static func answer(to error: any Error) throws -> Response {
        if let error = error as? ChatError { return try .answer(["error": error.code], status: error.status) }
        guard let error = error as? HTTPError, error.status.kind != .serverError else { throw error }
        var answer = try Response.answer(["error": error.code], status: error.status)
        for field in error.headers { answer.headers[field.name] = field.value }
        return answer
    }
}

extension ChatError {
    /// What the error is in HTTP.
    var status: HTTPResponse.Status {
        switch self {
        case .tooLong: .contentTooLarge
        case .rateLimited: .tooManyRequests
        default: .unprocessableContent
        }
    }
}

extension Response {
    /// JSON of this moment, which no cache may keep.
    static func answer(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        var response = try Response.json(value, status: status)
        response.headers[.cacheControl] = "no-store"
        return response
    }
}

extension Request {
    /// A whole number of the query; `nil` when it is not there.
    ///
    /// - Throws: ``HTTPError`` 422 `bad_number` for anything else, and for a number outside of the range.
    func number(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = try query[name] else { return nil }
        let isPlain = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isPlain, let number = Int(text), range.contains(number) else {
            throw HTTPError(.unprocessableContent, code: "bad_number", "'\(name)' is no number in \(range)")
        }
        return number
    }

    /// The id in the query that a client has everything up to.
    ///
    /// - Throws: ``HTTPError`` 422 `bad_number`.
    var after: Int? {
        get throws { try number("after", in: 0...Int.max) }
    }
}
