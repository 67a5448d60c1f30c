// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWeb
import Testing

@Suite("Cookies")
struct CookieTests {
    private func cookies(_ fields: String...) -> Cookies {
        var headers = HTTPFields()
        for field in fields { headers.append(HTTPField(name: .cookie, value: field)) }
        return Cookies(headers)
    }

    @Test("RFC 6265 §5.4: pairs are split at semicolons, quotes around a value go, the first of a name counts")
    func parsing() {
        let sent = cookies("a=1; b=\"two\";c = 3 ; a=9; broken; d=x=y; =none", "e=5")
        #expect(sent["a"] == "1" && sent["b"] == "two" && sent["c"] == "3" && sent["d"] == "x=y" && sent["e"] == "5")
        #expect(sent["broken"] == nil && sent["A"] == nil)
        #expect(sent.all.count == 7)
        #expect(cookies("é\u{301}=1; \u{301}=2")["é\u{301}"] == "1")
    }

    @Test("Huge cookie fields and ten thousand cookies are cut off, not read")
    func limits() {
        let huge = cookies("a=1", "big=" + String(repeating: "x", count: 1_000_000), "z=1")
        #expect(huge["a"] == "1" && huge["big"] == nil && huge["z"] == nil)
        let many = cookies((0..<10_000).map { "c\($0)=1" }.prefix(1_800).joined(separator: ";"))
        #expect(many.all.count == Cookies.countLimit)
        #expect(many["c179"] == "1" && many["c180"] == nil)
    }

    @Test("channels test_set_cookie: name, value, Path=/ and SameSite=Lax")
    func defaults() async throws {
        let answer = try await Exchange().run { _ in
            var response = Response.text("ok")
            try response.setCookie(Cookie("Testing-Key", "testing-value"))
            return response
        }
        #expect(answer.headers[values: .setCookie] == ["Testing-Key=testing-value; Path=/; SameSite=Lax"])
    }

    @Test("Every attribute is written")
    func attributes() throws {
        let cookie = Cookie(
            "a", "b", path: "/x", domain: "example.com", maxAge: .seconds(60), expires: WallTime(seconds: 0),
            isSecure: true, isHTTPOnly: true, sameSite: .strict)
        #expect(
            try cookie.headerValue()
                == "a=b; Domain=example.com; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60; Path=/x; Secure; "
                + "HttpOnly; SameSite=Strict")
    }

    @Test("channels test_session_samesite_invalid: an unknown SameSite is refused")
    func sameSite() throws {
        #expect(try Cookie.SameSite("LAX") == .lax && Cookie.SameSite("none") == Cookie.SameSite.none)
        for text in ["", "laxx", "Lax; Domain=evil"] { #expect(throws: HTTPError.self) { try Cookie.SameSite(text) } }
        #expect(throws: HTTPError.self, "browsers refuse SameSite=None without Secure") {
            try Cookie("a", "b", sameSite: Cookie.SameSite.none).headerValue()
        }
    }

    @Test(
        "Header injection and illegal bytes are refused",
        arguments: [
            Cookie("a", "b\r\nSet-Cookie: c=d"), Cookie("a", "b; Domain=evil"), Cookie("a", "b c"),
            Cookie("a", "\"b\""),
            Cookie("a", "b,c"), Cookie("a", "b\\c"), Cookie("a", "聊天"), Cookie("a\r\n", "b"), Cookie("a=b", "c"),
            Cookie("", "b"), Cookie("a b", "c"), Cookie("a", "b", path: "/;x"), Cookie("a", "b", path: "x"),
            Cookie("a", "b", path: "/\r\n"), Cookie("a", "b", domain: "a;b"), Cookie("a", "b", domain: ""),
            Cookie("a", String(repeating: "x", count: 4_096)), Cookie("__Host-a", "b"), Cookie("__Secure-a", "b"),
            Cookie("__Host-a", "b", domain: "a.b", isSecure: true),
        ])
    func refused(cookie: Cookie) {
        #expect(throws: HTTPError.self) { try cookie.headerValue() }
    }

    @Test("A cookie set again in one response stands once; deleting one empties it and ends its age")
    func replaceAndDelete() throws {
        var response = Response.text("")
        try response.setCookie(Cookie("a", "1"))
        try response.setCookie(Cookie("ab", "1"))
        try response.setCookie(Cookie("a", "2", path: "/x"))
        try response.setCookie(Cookie("a", "3"))
        #expect(
            response.headers[values: .setCookie] == [
                "ab=1; Path=/; SameSite=Lax", "a=2; Path=/x; SameSite=Lax", "a=3; Path=/; SameSite=Lax",
            ])
        try response.deleteCookie("ab")
        #expect(
            response.headers[values: .setCookie].last
                == "ab=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax")
    }

    /// A signed cookie `name` with a value, as the browser sends it back.
    private func signed(_ name: String, _ value: String, secrets: SecretKeys = testSecrets) async throws -> String {
        var exchange = Exchange()
        exchange.scope.state[SecretKeys.self] = secrets
        let answer = try await exchange.run { request in
            var response = Response.text("")
            try response.setSignedCookie(Cookie(name, value), for: request)
            return response
        }
        return try #require(answer.cookieValue(name))
    }

    private func read(
        _ name: String, _ sent: String, maxAge: Duration? = nil, secrets: SecretKeys = testSecrets,
        clock: ManualTime = ManualTime()
    ) throws -> String? {
        var exchange = Exchange(headers: [.cookie: "\(name)=\(sent)"])
        exchange.scope.state[SecretKeys.self] = secrets
        exchange.scope.connection.clock = clock
        return try exchange.request.signedCookie(name, maxAge: maxAge)
    }

    @Test("A signed cookie comes back with any text; changed, cut, renamed or foreign ones are no cookies")
    func signedCookies() async throws {
        let sent = try await signed("who", "用户 ;,\"\u{0}")
        #expect(try read("who", sent) == "用户 ;,\"\u{0}")
        #expect(try read("other", sent) == nil, "the name is part of the signature")
        for index in sent.indices {
            var changed = sent
            changed.replaceSubrange(index...index, with: sent[index] == "A" ? "B" : "A")
            #expect(try read("who", changed) == nil)
            #expect(try read("who", String(sent[..<index])) == nil)
        }
        #expect(try read("who", "") == nil && read("who", "::") == nil)
    }

    @Test("A signed cookie ends at its age by the server's clock")
    func signedAge() async throws {
        let sent = try await signed("who", "user1")
        let clock = ManualTime()
        clock.turn(by: 60)
        #expect(try read("who", sent, maxAge: .seconds(60), clock: clock) == "user1")
        clock.turn(by: 1)
        #expect(try read("who", sent, maxAge: .seconds(60), clock: clock) == nil)
        #expect(try read("who", sent, maxAge: nil, clock: clock) == "user1")
    }

    @Test("The first secret signs, all verify; without a secret nothing is signed or trusted")
    func rotation() async throws {
        let (old, new) = (Array(repeating: UInt8(1), count: 64), Array(repeating: UInt8(2), count: 64))
        let byOld = try await signed("who", "user1", secrets: SecretKeys([old]))
        let byNew = try await signed("who", "user1", secrets: SecretKeys([new, old]))
        #expect(try read("who", byOld, secrets: SecretKeys([new, old])) == "user1")
        #expect(try read("who", byNew, secrets: SecretKeys([new])) == "user1")
        #expect(try read("who", byNew, secrets: SecretKeys([old])) == nil)
        await #expect(throws: HTTPError.self) { try await signed("who", "user1", secrets: SecretKeys([])) }
        #expect(throws: HTTPError.self) { try read("who", byOld, secrets: SecretKeys([])) }
    }
}
