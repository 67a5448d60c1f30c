// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
public import SluiceCore
import Synchronization

/// Answers requests whose view or middleware has thrown: with a page, or with `{"error":code}` for clients that want JSON.
///
/// The client learns status and code, nothing else; the error is logged once, here. The page is the template
/// `pages/error.html`, which the framework has and an application may replace. In development the client is shown the
/// error and its request, with secrets masked, by the template `pages/debug.html`. Stands outside of all that may throw.
public struct ErrorPages: HTTPMiddleware {
    /// The template of the page. Values: `status`, `code`, `title`, which is the text `error.<status>` of the catalogue or
    /// the status's phrase, and `detail`, the text `error.<code>`, if there is one.
    public static let template = "pages/error.html"
    /// The template of the page in development. Values: `status`, `code`, `title`, `type`, `text` and `sections`, each
    /// with a `title` and `rows` of `name` and `value`.
    public static let debugTemplate = "pages/debug.html"

    private let isDevelopment: Bool?

    /// Answers errors.
    ///
    /// - Parameter isDevelopment: Whether errors are shown. Default: by ``DevelopmentMode`` in the application's state.
    public init(isDevelopment: Bool? = nil) {
        self.isDevelopment = isDevelopment
    }

    /// Serves the request, and answers when it throws before the response has begun.
    ///
    /// - Throws: an error after the response's start, of a lost client, or of a cancelled task.
    public func handle(
        scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>, next: any Application<HTTP>
    ) async throws {
        let hasBegun = Flag()
        var watched = Send<HTTP>(WatchedSink(base: send.sink, hasBegun: hasBegun))
        var receive = receive
        let failed = isDevelopment ?? scope.state[DevelopmentMode.self] ? FailedScope() : nil
        var inner = scope
        if let failed { inner[FailedScopeKey.self] = failed }
        do {
            let application = try await next.settled(scope: &inner, receive: &receive, send: &watched)
            try await application(scope: inner, receive: receive, send: watched)
        } catch {
            guard !hasBegun.isSet, !Task.isCancelled else { throw error }
            try await answer(error, Request(scope: scope, receive: receive), failed, send)
        }
    }

    // Apart, so that what only a failure needs takes no room in the task of every request that waits for long.
    @inline(never)
    private func answer(
        _ error: any Error, _ request: Request, _ failed: FailedScope?, _ send: Send<HTTP>
    ) async throws {
        let (scope, disposition) = (request.scope, ErrorDisposition(of: error))
        guard disposition != .connectionLost else { throw error }
        scope.logger.log(
            level: disposition.logLevel,
            "\(scope.method.rawValue) \(scope.rawPath): \(disposition.status.code): \(Self.line(of: error))")
        let answer = ErrorAnswer(error, disposition, request)
        let response = failed.map { answer.debugResponse(of: $0.value ?? scope) } ?? answer.response
        try await response.send(to: send, answering: scope.method)
    }

    /// The error as one line: a description may quote what a peer has sent, which must not look like lines of ours.
    private static func line(of error: any Error) -> String {
        let text = String(describing: error).unicodeScalars.prefix(2_000)
        return String(String.UnicodeScalarView(text.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}

/// A truth value that one task sets and another reads.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

/// Notes that a response has begun, once its start has been taken: one that was refused can still be another.
private final class WatchedSink: EventSink {
    private let base: any EventSink<HTTP.Outbound>
    private let hasBegun: Flag

    init(base: any EventSink<HTTP.Outbound>, hasBegun: Flag) {
        self.base = base
        self.hasBegun = hasBegun
    }

    func offer(_ event: HTTP.Outbound) throws -> Bool {
        let isTaken = try base.offer(event)
        if isTaken, case .responseStart = event { hasBegun.set() }
        return isTaken
    }

    func writable() async throws {
        try await base.writable()
    }
}
