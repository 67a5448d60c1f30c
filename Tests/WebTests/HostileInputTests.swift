// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceTesting
import SluiceWeb
import Testing

@Suite("Hostile input")
struct HostileInputTests {
    /// Texts out of the marks that parsers look for.
    private func text(_ numbers: inout SeededGenerator) -> String {
        let marks = [
            "%", "%4", "%e4%bd", "+", "&", "=", ";", ",", "\"", "'", "<", ":", "::", "//", "/", "\\", ".", "..", "[",
            "]",
            "-", "bytes=", "q=", "*", "http", "https://", "localhost", "csrf_token", "lang", "sessionid",
            "999999999999999999",
            "\u{301}", "\u{0}", "\n", "聊", "🎉", " ", "\t", "a", "0", "1", "GMT",
        ]
        let count = Int.random(in: 0...12, using: &numbers)
        return (0..<count).map { _ in marks[Int.random(in: 0..<marks.count, using: &numbers)] }.joined()
    }

    @Test("Whatever a client sends in fields, query and form is answered", arguments: [1, 2, 3, 4] as [UInt64])
    func anything(seed: UInt64) async throws {
        let folder = try TemporaryFolder()
        try folder.write("a", "0123456789")
        var numbers = SeededGenerator(seed: seed)
        let (sessions, authentication) = (Sessions(MemorySessions()), Authentication { _, _ in nil })
        let router = URLRouter<HTTP> {
            Mount("/static", StaticFiles(folder.path))
            Route("/") { request in
                let fields = try request.query.fields + (try await request.form()).fields
                return .text("\(fields.count) \(request.cookies.all.count) \(request.csrfToken.count)")
            }
        }.wrapped(
            in: SecurityHeaders(), LocaleMiddleware(), ErrorPages(), AllowedHosts(), CSRF(), sessions,
            authentication)
        for round in 0..<500 {
            var exchange = Exchange.form(round % 2 == 0 ? "/" : "/static/a", text(&numbers))
            exchange.scope.method = round % 3 == 0 ? .post : .get
            exchange.scope.scheme = round % 5 == 0 ? "https" : "http"
            exchange.scope.queryString = text(&numbers)
            if round % 7 == 0 { exchange.scope.path = "/static/" + text(&numbers) }
            for name in [
                HTTPField.Name.cookie, .origin, .referer, .range, .ifRange, .ifNoneMatch, .ifModifiedSince, .accept,
                .acceptLanguage, .contentLength, .csrfHeader,
            ] where Bool.random(using: &numbers) {
                exchange.scope.headers[name] = text(&numbers)
            }
            exchange.scope.headers[.hostName] = round % 4 == 0 ? text(&numbers) : "localhost"
            let answer = try await exchange.run(router)
            #expect([200, 206, 304, 400, 403, 404, 405, 413, 416].contains(answer.status.code))
            for field in answer.headers { #expect(!field.value.contains { $0.isNewline }) }
        }
    }
}
