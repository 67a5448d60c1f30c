// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
public import SluiceCore
import Synchronization

/// Answers requests whose view or middleware has thrown: with a page, or with `{"error":code}` for clients that want JSON.
///
/// The client learns status and code, nothing else; the error is logged once, here. The page is the template
/// `pages/error.html` (values `status`, `code`, `title`, `detail`) where there is one; `title` is the text `error.<status>`
/// of the catalogue and `detail` the text `error.<code>`, if it has one. Stands outside of all that may throw.
public struct ErrorPages: HTTPMiddleware {
    /// The template of the page.
    public static let template = "pages/error.html"

    /// Answers errors.
    public init() {}

    /// Serves the request, and answers when it throws before the response has begun.
    ///
    /// - Throws: an error after the response's start, of a lost client, or of a cancelled task.
    public func handle(
        scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>, next: any Application<HTTP>
    ) async throws {
        let hasBegun = Flag()
        let watched = Send<HTTP>(WatchedSink(base: send.sink, hasBegun: hasBegun))
        do {
            try await next(scope: scope, receive: receive, send: watched)
        } catch {
            let disposition = ErrorDisposition(of: error)
            guard !hasBegun.isSet, !Task.isCancelled, disposition != .connectionLost else { throw error }
            scope.logger.log(
                level: disposition.logLevel,
                "\(scope.method.rawValue) \(scope.rawPath): \(disposition.status.code): \(Self.line(of: error))")
            let response = Self.response(to: error, disposition, Request(scope: scope, receive: receive))
            try await response.send(to: send, answering: scope.method)
        }
    }

    /// The error as one line: a description may quote what a peer has sent, which must not look like lines of ours.
    private static func line(of error: any Error) -> String {
        let text = String(describing: error).unicodeScalars.prefix(2_000)
        return String(String.UnicodeScalarView(text.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    private static func response(
        to error: any Error, _ disposition: ErrorDisposition, _ request: Request
    ) -> Response {
        let status = disposition.status
        let own = error as? HTTPError
        // The code of a server's own fault is for the log.
        let isTold = status.kind != .serverError || status == .serviceUnavailable
        let code = isTold ? own?.code ?? HTTPError.defaultCode(of: status) : HTTPError.defaultCode(of: status)
        var response = request.prefersJSON ? json(code) : page(status, code, request)
        response.status = status
        for field in own?.headers ?? [:] { response.headers[field.name] = field.value }
        response.headers[.cacheControl] = "no-store"
        response.headers.addVary(.accept)
        return response
    }

    private static func json(_ code: String) -> Response {
        (try? .json(["error": code])) ?? .empty(.internalServerError)
    }

    private static func page(_ status: HTTPResponse.Status, _ code: String, _ request: Request) -> Response {
        let title = request.locale.translation(of: "error.\(status.code)") ?? status.reasonPhrase
        var values: [String: any Sendable] = ["status": status.code, "code": code, "title": title]
        values["detail"] = request.locale.translation(of: "error.\(code)")
        if request.app[Templates.self]?.contains(template) == true {
            do {
                return try request.render(template, values)
            } catch {
                request.logger.error("the error page failed: \(error)")
            }
        }
        let heading = HTMLEscaping().escapeText("\(status.code) \(title)")
        return .html(
            """
            <!doctype html>
            <html lang="\(HTMLEscaping().escapeText(request.locale.tag))">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>\(heading)</title></head>
            <body><main><h1>\(heading)</h1></main></body>
            </html>

            """)
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
