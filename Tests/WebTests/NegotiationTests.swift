// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWeb
import Testing

@Suite("Content negotiation")
struct NegotiationTests {
    private func request(_ accept: String?) -> Request {
        var exchange = Exchange()
        exchange.scope.headers[.accept] = accept
        return exchange.request
    }

    @Test(
        "RFC 9110 §12.5.1: the weight of the range that says most exactly what is meant",
        arguments: [
            (nil, "text/html"), ("", "text/html"), ("*/*", "text/html"), ("application/json", "application/json"),
            ("application/*", "application/json"), ("text/*;q=0.5, */*;q=0.1", "text/html"),
            ("text/html;q=0.4, application/json;q=0.5", "application/json"),
            ("text/*, text/html;q=0.1, application/json;q=0.2", "application/json"),
            ("text/html;level=1, text/html;q=0.1, application/json;q=0.2", "application/json"),
            ("APPLICATION/JSON ; Q=0.9, text/html;q=0.8", "application/json"),
            ("text/html;q=0, */*", "application/json"), ("image/png", nil),
            ("text/html;q=0, application/json;q=0", nil),
            ("text/html;q=2", nil), ("*/json, image/png", nil), ("html", "text/html"),
        ] as [(String?, String?)])
    func preferred(accept: String?, type: String?) {
        #expect(request(accept).preferredType(among: ["text/html", "application/json"]) == type)
    }

    @Test("Django's request.accepts")
    func accepts() {
        #expect(request("text/*;q=0.1").accepts("text/plain") && !request("text/*").accepts("application/json"))
        #expect(request(nil).accepts("a/b") && !request("a/b;q=0").accepts("a/b"))
        #expect(request("text/html;level=1").accepts("text/html; Level=1"))
        #expect(!request("text/html;level=1").accepts("text/html"))
        #expect(!request("text/html").accepts("") && !request("text/html").accepts("textual/html"))
        // What stands behind 32 entries is not looked at.
        #expect(!request(String(repeating: "a/a,", count: 5_000) + "b/b").accepts("b/b"))
    }

    @Test("A view's forms: only the chosen one is made, Vary tells caches, and without one it is 406 in words")
    func negotiated() async throws {
        func get(_ accept: String?) async throws -> Answer {
            var exchange = Exchange()
            exchange.scope.headers[.accept] = accept
            return try await exchange.run(ErrorPages()) { request in
                try await .negotiated(
                    for: request,
                    [
                        "text/html": { .html("<p>1</p>") },
                        "application/json": { try .json(["ticket": 1]) },
                        "text/csv": { throw HTTPError(.teapot) },
                    ])
            }
        }
        let page = try await get(nil)
        #expect(page.body == "<p>1</p>" && page.headers[.vary] == "Accept")
        #expect(try await get("application/json, */*;q=0.1").body == #"{"ticket":1}"#)
        #expect(try await get("text/csv").status.code == 418)
        let refused = try await get("image/png")
        #expect(refused.status == .notAcceptable && refused.headers[.vary] == "Accept")
    }
}

extension HTTPResponse.Status {
    fileprivate static let teapot = Self(code: 418)
}
