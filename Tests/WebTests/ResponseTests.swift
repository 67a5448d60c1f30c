// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceWeb
import Testing

@Suite("Responses and views")
struct ResponseTests {
    @Test("Builders set type, length and status")
    func builders() async throws {
        let text = try await Exchange().run { _ in .text("你好") }
        #expect(text.status == .ok && text.body == "你好")
        #expect(text.headers[.contentType] == "text/plain; charset=utf-8")
        #expect(text.headers[.contentLength] == "6")
        let html = try await Exchange().run { _ in .html("<p>") }
        #expect(html.headers[.contentType] == "text/html; charset=utf-8")
        let json = try await Exchange().run { _ in try .json(["path": "/a/", "text": "</script>"], status: .created) }
        #expect(json.status == .created && json.headers[.contentType] == "application/json")
        #expect(json.body.contains(#""path":"/a/""#))
        let none = try await Exchange().run { _ in .empty(.noContent) }
        #expect(none.status == .noContent && none.headers[.contentLength] == nil)
        #expect(try await Exchange().run { _ in .notFound }.status == .notFound)
    }

    @Test("RFC 9110 §9.3.2: HEAD has GET's fields and no body; a stream is not even made")
    func head() async throws {
        let answer = try await Exchange(.head).run { _ in .text("hello") }
        #expect(answer.body.isEmpty && answer.headers[.contentLength] == "5")
        let stream = try await Exchange(.head).run { _ in
            Response(body: .stream(length: 9) { _ in Issue.record("written for HEAD") })
        }
        #expect(stream.body.isEmpty && stream.headers[.contentLength] == "9")
    }

    @Test("A stream is sent piece by piece, without a length when it is not known, and waits for a slow client")
    func stream() async throws {
        var exchange = Exchange()
        exchange.refusals = 2
        let answer = try await exchange.run { _ in
            Response(
                body: .stream { writer in
                    for piece in ["a", "", "b", "c"] { try await writer.write(piece) }
                })
        }
        #expect(answer.body == "abc" && answer.bodyEvents == 4, "three pieces and the end")
        #expect(answer.headers[.contentLength] == nil)
    }

    @Test("Redirects: 302, 303, 307, 308, with Unicode encoded")
    func redirects() throws {
        for status in [HTTPResponse.Status.found, .seeOther, .temporaryRedirect, .permanentRedirect] {
            #expect(try Response.redirect(to: "/a/", status: status).status == status)
        }
        #expect(try Response.redirect(to: "/login/").status == .seeOther)
        let location = try Response.redirect(to: "/room/聊天/?a=b%20c&d=e#f").headers[.location]
        #expect(location == "/room/%E8%81%8A%E5%A4%A9/?a=b%20c&d=e#f")
        #expect(try Response.redirect(to: "https://example.com/").headers[.location] == "https://example.com/")
        #expect(try Response.redirect(to: "/a:b").headers[.location] == "/a:b")
        #expect(throws: HTTPError.self) { try Response.redirect(to: "/", status: .ok) }
    }

    @Test(
        "Header injection and foreign schemes in redirects are refused",
        arguments: [
            "/a\r\nSet-Cookie: x=1", "/a\nb", "/a\u{0}", "/\u{7f}", "javascript:alert(1)", "JavaScript:alert(1)",
            "data:text/html,x", "\tjavascript:alert(1)", "vbscript:x",
        ])
    func badRedirects(target: String) {
        #expect(throws: HTTPError.self) { try Response.redirect(to: target) }
    }

    struct Article: MethodView {
        var handlers: [MethodHandler] { [.get(show), .post(store), .delete(remove)] }
        func show(_ request: Request) async throws -> Response { .text("shown") }
        func store(_ request: Request) async throws -> Response { .text("stored", status: .created) }
        func remove(_ request: Request) async throws -> Response { .empty(.noContent) }
    }

    @Test("A class view calls the function of the method, HEAD calls GET's")
    func methodView() async throws {
        let view = ViewApplication(Article())
        #expect(try await Exchange(.get).run(view).body == "shown")
        #expect(try await Exchange(.post).run(view).status == .created)
        #expect(try await Exchange(.delete).run(view).status == .noContent)
        let head = try await Exchange(.head).run(view)
        #expect(head.status == .ok && head.body.isEmpty && head.headers[.contentLength] == "5")
    }

    @Test("Django's View: another method is 405 with Allow, OPTIONS is 200 with Allow")
    func methodNotAllowed() async throws {
        let view = ViewApplication(Article()).wrapped(in: ErrorPages())
        for method in [HTTPRequest.Method.put, .patch, .trace, HTTPRequest.Method(rawValue: "PURGE") ?? .put] {
            let answer = try await Exchange(method).run(view)
            #expect(answer.status == .methodNotAllowed)
            #expect(answer.headers[.allow] == "GET, HEAD, POST, DELETE, OPTIONS")
        }
        let options = try await Exchange(.options).run(view)
        #expect(options.status == .ok && options.headers[.allow] == "GET, HEAD, POST, DELETE, OPTIONS")
        #expect(options.headers[.contentLength] == "0")
    }

    @Test("Views stand in routes as functions, values and types")
    func routes() async throws {
        let router = URLRouter<HTTP> {
            Route("/hello/") { request in .text("hello") }
            Route("/article/", Article(), name: "article")
            Route("/made/<int:id>/", Article.init)
            Route("/inside/", Article().wrapped(in: SignInRequired()))
        }
        #expect(try await Exchange(.get, "/hello/").run(router).body == "hello")
        #expect(try await Exchange(.post, "/article/").run(router).status == .created)
        #expect(try await Exchange(.get, "/made/3/").run(router).body == "shown")
        #expect(try await Exchange(.get, "/inside/").run(router).headers[.location] == "/login/?next=/inside/")
    }
}
