// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceWeb
import Testing

@Suite("CSRF")
struct CSRFTests {
    /// A page: its token, and the cookie that came with it.
    private func page(scheme: String = "http") async throws -> (token: String, cookie: String, answer: Answer) {
        var exchange = Exchange()
        exchange.scope.scheme = scheme
        let answer = try await exchange.run(CSRF()) { .text($0.csrfToken) }
        return (answer.body, try #require(answer.cookieValue("csrftoken")), answer)
    }

    private func status(_ exchange: Exchange, _ csrf: CSRF = CSRF()) async throws -> Int {
        try await exchange.run(ErrorPages(), csrf) { request in .text(try await request.form()["text"] ?? "") }.status
            .code
    }

    private func post(
        token: String?, cookie: String?, host: String = "localhost:8000", origin: String? = nil, referer: String? = nil,
        scheme: String = "http"
    ) -> Exchange {
        var headers: HTTPFields = [.hostName: host]
        headers[.cookie] = cookie.map { "csrftoken=\($0)" }
        headers[.origin] = origin
        headers[.referer] = referer
        var exchange = Exchange.form("/", "text=x" + (token.map { "&csrf_token=\($0)" } ?? ""), headers: headers)
        exchange.scope.scheme = scheme
        return exchange
    }

    @Test("Safe methods pass; a page without a token sets no cookie, one with it sets a strict one and varies")
    func safeMethods() async throws {
        for method in [HTTPRequest.Method.get, .head, .options, .trace] {
            let answer = try await Exchange(method).run(CSRF()) { _ in .text("ok") }
            #expect(answer.status == .ok && answer.headers[.setCookie] == nil && answer.headers[.vary] == nil)
        }
        let plain = try await page().answer
        #expect(plain.cookie("csrftoken")?.contains("SameSite=Lax") == true)
        #expect(plain.cookie("csrftoken")?.contains("Secure") == false)
        #expect(plain.headers[.vary] == "Cookie")
        #expect(try await page(scheme: "https").answer.cookie("csrftoken")?.contains("; Secure;") == true)
    }

    @Test("A page's token passes in the form and in the header, together with its cookie")
    func accepted() async throws {
        let (token, cookie, _) = try await page()
        #expect(try await status(post(token: token, cookie: cookie)) == 200)
        for method in [HTTPRequest.Method.post, .put, .patch, .delete] {
            let exchange = Exchange(method, headers: [.cookie: "csrftoken=\(cookie)", .csrfHeader: token])
            #expect(try await exchange.run(CSRF()) { _ in .text("ok") }.status == .ok)
        }
    }

    @Test("Every page has another token (BREACH), and all of them pass")
    func masked() async throws {
        let (first, cookie, _) = try await page()
        let again = try await Exchange(headers: [.cookie: "csrftoken=\(cookie)"]).run(CSRF()) { .text($0.csrfToken) }
        #expect(again.body != first && again.headers[.setCookie] == nil, "the cookie is there already")
        #expect(!first.contains(cookie) && !again.body.contains(cookie))
        #expect(try await status(post(token: first, cookie: cookie)) == 200)
        #expect(try await status(post(token: again.body, cookie: cookie)) == 200)
    }

    @Test("No token, a wrong one, another browser's, no cookie: 403, and the view does not run")
    func refused() async throws {
        let (token, cookie, _) = try await page()
        let (other, otherCookie, _) = try await page()
        for exchange in [
            post(token: nil, cookie: cookie), post(token: "", cookie: cookie), post(token: other, cookie: cookie),
            post(token: token, cookie: otherCookie), post(token: token, cookie: nil), post(token: token, cookie: ""),
            post(token: cookie, cookie: cookie), post(token: "x", cookie: "x"),
            post(token: String(token.dropLast()), cookie: cookie),
            post(token: String(repeating: "A", count: 86), cookie: cookie),
            post(token: String(repeating: "A", count: 100_000), cookie: cookie),
            Exchange(.post, headers: [.cookie: "csrftoken=\(cookie)", .csrfHeader: "x"]),
            Exchange(.delete, headers: [.cookie: "csrftoken=\(cookie)"]),
            Exchange(.post, headers: [.cookie: "csrftoken=\(cookie)", .contentType: "application/json"], body: ["{}"]),
        ] {
            let answer = try await exchange.run(ErrorPages(), CSRF()) { _ in
                Issue.record("the view ran")
                return .text("")
            }
            #expect(answer.status == .forbidden)
        }
    }

    @Test("The view reads the form that was searched for the token, and what the body's pieces were does not matter")
    func bodyIsReplayed() async throws {
        let (token, cookie, _) = try await page()
        var exchange = post(token: token, cookie: cookie)
        exchange.body = ["te", "xt=你好&csrf_", "token=\(token)"]
        let answer = try await exchange.run(CSRF()) { request in .text(try await request.form()["text"] ?? "") }
        #expect(answer.body == "你好")
        let raw = try await exchange.run(CSRF()) { request in .text(String(buffer: try await request.body())) }
        #expect(raw.body == exchange.body.joined())
    }

    @Test("A form over the limit is 413")
    func limit() async throws {
        let (token, cookie, _) = try await page()
        #expect(try await status(post(token: token, cookie: cookie), CSRF(bodyLimit: 16)) == 413)
    }

    @Test(
        "Django's origin check: another site's Origin is refused even with a token, a trusted one passes",
        arguments: [
            ("http://localhost:8000", 200), ("http://localhost", 403), ("http://localhost:9000", 403),
            ("http://evil.com", 403), ("null", 403), ("", 403), ("http://localhost:8000.evil.com", 403),
            ("https://trusted.org", 200), ("http://trusted.org", 403),
        ])
    func origin(origin: String, expected: Int) async throws {
        let (token, cookie, _) = try await page()
        let exchange = post(token: token, cookie: cookie, origin: origin)
        #expect(try await status(exchange, CSRF(trustedOrigins: ["https://trusted.org"])) == expected)
    }

    @Test(
        "Django's Referer check over TLS: without Origin a Referer of this site is needed",
        arguments: [
            (nil, 403), ("https://localhost:8000/page/?q=1", 200), ("https://localhost:8000", 200),
            ("http://localhost:8000/", 403), ("https://evil.com/https://localhost:8000/", 403), ("", 403),
            ("https://localhost:8000@evil.com/", 403), ("//localhost:8000/", 403),
        ] as [(String?, Int)])
    func referer(referer: String?, expected: Int) async throws {
        let (token, cookie, _) = try await page()
        let exchange = post(token: token, cookie: cookie, referer: referer, scheme: "https")
        #expect(try await status(exchange) == expected)
    }

    @Test("Exempt requests need no token; other kinds of connection pass untouched")
    func exempt() async throws {
        let csrf = CSRF(isExempt: { $0.path.hasPrefix("/api/") })
        #expect(try await Exchange(.post, "/api/x/").run(csrf) { _ in .text("ok") }.status == .ok)
        #expect(try await status(post(token: nil, cookie: nil), csrf) == 403)
        #expect(try await handshake(CSRF(), headers: [:])?.isAccept == true)
    }
}
