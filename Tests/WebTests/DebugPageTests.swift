// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWeb
import Testing

@Suite("Error pages in development")
struct DebugPageTests {
    struct Broken: Error, CustomStringConvertible { var description: String { "<table> \"chat\" is missing" } }

    private static let framework = TemplateFolder(sourceFolder + "/Templates")

    /// The package's folder.
    private static let sourceFolder = String(#filePath.split(separator: "/Tests/WebTests/")[0])

    private func exchange(accept: String = "text/html") throws -> Exchange {
        var exchange = Exchange(
            .get, "/tickets/7/s3cr3t-capture/?page=2&api_key=s3cr3t-query&next=%3Cb%3E",
            headers: [
                .accept: accept, .authorization: "Bearer s3cr3t-bearer",
                .cookie: "sessionid=s3cr3t-cookie; theme=s3cr3t-x",
                .csrfHeader: "s3cr3t-csrf", .named("X-API-Key"): "s3cr3t-key", .userAgent: "Test/1 <script>",
                .referer: "https://example.com/reset?token=s3cr3t-referer",
            ])
        exchange.scope.state[Templates.self] = try MustacheTemplates(folders: [Self.framework])
        return exchange
    }

    private func router(_ pages: ErrorPages) -> any Application<HTTP> {
        URLRouter<HTTP> {
            Route("/tickets/<int:id>/<reset_token>/", name: "ticket") { _ in throw Broken() }
        }.wrapped(in: pages)
    }

    @Test("The page shows error, request, route, query and headers, escaped, and no secret")
    func page() async throws {
        let answer = try await exchange().run(router(ErrorPages(isDevelopment: true)))
        #expect(answer.status == .internalServerError && answer.headers[.cacheControl] == "no-store")
        for part in [
            "Broken", "&lt;table&gt; &quot;chat&quot; is missing", "GET", "/tickets/7/••••••/", "&lt;id&gt;", "ticket",
            "page", "&lt;b&gt;", "Test/1 &lt;script&gt;", "https://example.com/reset?…", "sessionid", "Authorization",
            "/static/sluice/base.css",
        ] {
            #expect(answer.body.contains(part), "\(part)")
        }
        for part in ["s3cr3t", "<script", "<style", "style=", "onload", "<table>"] {
            #expect(!answer.body.contains(part), "\(part)")
        }
    }

    @Test("Clients that prefer JSON get the same as JSON; without a template it is plain text")
    func otherForms() async throws {
        let json = try await exchange(accept: "application/json").run(router(ErrorPages(isDevelopment: true)))
        #expect(json.headers[.contentType] == "application/json" && json.body.contains("\"type\":\"WebTests."))
        #expect(json.body.contains("\"error\":\"internal_server_error\"") && !json.body.contains("s3cr3t"))
        var bare = try exchange()
        bare.scope.state[Templates.self] = nil
        let text = try await bare.run(router(ErrorPages(isDevelopment: true)))
        #expect(text.headers[.contentType] == "text/plain; charset=utf-8" && text.body.contains("is missing"))
        #expect(!text.body.contains("s3cr3t") && text.status == .internalServerError)
    }

    @Test("It is shown by the state's DevelopmentMode or by choice, and never otherwise")
    func onlyInDevelopment() async throws {
        for (state, choice, isShown) in [
            (nil, nil, false), (true, nil, true), (false, nil, false), (true, false, false), (false, true, true),
        ] as [(Bool?, Bool?, Bool)] {
            for accept in ["text/html", "application/json"] {
                var exchange = try exchange(accept: accept)
                if let state { exchange.scope.state[DevelopmentMode.self] = state }
                let answer = try await exchange.run(router(ErrorPages(isDevelopment: choice)))
                #expect(answer.body.contains("is missing") == isShown)
                #expect(answer.status == .internalServerError)
            }
        }
    }

    @Test("A path without a route lists the routes that there are")
    func routes() async throws {
        let routes = URLRouter<HTTP> { Route("/hello/<name>/") { _ in .text("") } }
        var exchange = Exchange(.get, "/other")
        exchange.scope.state[Templates.self] = try MustacheTemplates(folders: [Self.framework])
        exchange.scope.state[KnownRoutes.self] = routes.routes
        let answer = try await exchange.run(routes.wrapped(in: ErrorPages(isDevelopment: true)))
        #expect(answer.status == .notFound && answer.body.contains("/hello/&lt;name&gt;/"))
        let plain = try await exchange.run(routes.wrapped(in: ErrorPages()))
        #expect(!plain.body.contains("hello"))
    }

    @Test(
        "The framework's own page has a reason and a way home, in the page's language; an application's goes before it")
    func plainPage() async throws {
        var exchange = Exchange(.get, "/")
        exchange.scope.state[Templates.self] = try MustacheTemplates(folders: [Self.framework])
        exchange.scope.state[Locales.self] = Locales(
            texts: ["zh": ["error.404": "找不到", "error.home": "首页", "error.not_found": "也许 <已经> 搬走了。"]])
        let answer = try await exchange.run(ErrorPages()) { _ in throw HTTPError(.notFound) }
        #expect(answer.body.contains("<title>404 找不到</title>") && answer.body.contains("<a href=\"/\">首页</a>"))
        #expect(answer.body.contains("也许 &lt;已经&gt; 搬走了。") && !answer.body.contains("<style"))
        let own = try TemporaryFolder()
        try own.write("pages/error.html", "own {{status}}")
        try own.write("pages/debug.html", "own {{type}}")
        exchange.scope.state[Templates.self] = try MustacheTemplates(
            folders: [TemplateFolder(own.path), Self.framework])
        #expect(try await exchange.run(ErrorPages()) { _ in throw HTTPError(.notFound) }.body == "own 404")
        #expect(
            try await exchange.run(ErrorPages(isDevelopment: true)) { _ in throw Broken() }.body
                == "own WebTests.DebugPageTests.Broken")
    }
}
