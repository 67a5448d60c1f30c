// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceTesting
import SluiceWeb
import Testing

@Suite("Error pages")
struct ErrorPageTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    struct Secret: Error, CustomStringConvertible { var description: String { "password=hunter2" } }

    @Test("Errors: a page, or {\"error\":code} by Accept; nothing of the error itself leaks")
    func errorPages() async throws {
        func run(_ error: any Error, accept: String?) async throws -> Answer {
            var exchange = Exchange()
            exchange.scope.headers[.accept] = accept
            return try await exchange.run(ErrorPages()) { _ in throw error }
        }
        let page = try await run(HTTPError(.notFound, "row 7 of users"), accept: "text/html,*/*;q=0.8")
        #expect(
            page.status == .notFound && page.body.contains("<h1>404 Not Found</h1>") && !page.body.contains("row 7"))
        #expect(page.headers[.contentType] == "text/html; charset=utf-8" && page.headers[.cacheControl] == "no-store")
        let json = try await run(HTTPError(.contentTooLarge, code: "too_long"), accept: "application/json")
        #expect(json.status == .contentTooLarge && json.body == #"{"error":"too_long"}"#)
        for accept in [nil, "*/*", "text/html", "application/json", "application/json;q=0.1, text/html"] {
            let answer = try await run(Secret(), accept: accept)
            #expect(answer.status == .internalServerError && !answer.body.contains("hunter2"))
            #expect(
                answer.headers[.contentType]
                    == (accept == "application/json" ? "application/json" : "text/html; charset=utf-8"))
        }
        let own = try await run(HTTPError(.internalServerError, code: "no_secret"), accept: "application/json")
        #expect(own.body == #"{"error":"internal_server_error"}"#)
        #expect(try await run(RoutingError(.noRoute, "x"), accept: nil).status == .notFound)
        let limited = HTTPError(.tooManyRequests, code: "rate_limited", headers: [.retryAfter: "10"])
        #expect(try await run(limited, accept: nil).headers[.retryAfter] == "10")
    }

    @Test("The error page is the template pages/error.html where there is one, in the page's language")
    func errorTemplate() async throws {
        try folder.write("pages/error.html", "{{status}} {{title}} {{code}}")
        var exchange = Exchange()
        exchange.scope.state[Templates.self] = try MustacheTemplates(folders: [TemplateFolder(folder.path)])
        exchange.scope.state[Locales.self] = Locales(texts: ["zh": ["error.404": "找不到"]])
        let answer = try await exchange.run(ErrorPages()) { _ in throw HTTPError(.notFound) }
        #expect(answer.status == .notFound && answer.body == "404 找不到 not_found")
    }

    @Test("An error after the response has begun is not answered a second time")
    func errorAfterStart() async throws {
        await #expect(throws: Secret.self) {
            try await Exchange().run(ErrorPages()) { _ in
                Response(
                    body: .stream { writer in
                        try await writer.write("a")
                        throw Secret()
                    })
            }
        }
    }

    @Test("An error is logged once, as one line, whatever a peer has put into it")
    func logged() async throws {
        let log = RecordedLog()
        var exchange = Exchange(.get, "/a")
        exchange.scope.connection.logger = log.logger()
        _ = try await exchange.run(ErrorPages()) { _ in throw Secret() }
        _ = try await exchange.run(ErrorPages()) { _ in throw HTTPError(.notFound, "x\r\n2026 forged\u{1b}[1m") }
        #expect(
            log.lines.map(\.description) == [
                "error GET /a: 500: password=hunter2", "debug GET /a: 404: x  2026 forged [1m",
            ])
    }
}
