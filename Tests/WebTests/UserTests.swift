// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWeb
import Testing

@Suite("Users and sign-in")
struct UserTests {
    struct Member: User {
        var name: String
        var isAuthenticated: Bool { true }
    }

    private let authentication = SignedCookieAuthentication { name, _ in name == "gone" ? nil : Member(name: name) }

    private func signedIn(_ name: String, scheme: String = "http") async throws -> Answer {
        var exchange = Exchange()
        exchange.scope.scheme = scheme
        return try await exchange.run(CSRF(), authentication) { request in
            #expect(!request.user.isAuthenticated, "before sign-in the user is anonymous")
            var response = Response.text("")
            try response.signIn(Member(name: name), for: request)
            return response
        }
    }

    private func user(cookie: String?, clock: ManualTime = ManualTime()) async throws -> String {
        var exchange = Exchange()
        exchange.scope.headers[.cookie] = cookie.map { "sessionid=\($0)" }
        exchange.scope.connection.clock = clock
        return try await exchange.run(authentication) { .text($0.user.name) }.body
    }

    @Test("channels test_sessions: the session cookie has Expires, Max-Age, HttpOnly, Path and SameSite=Lax")
    func sessionCookie() async throws {
        let cookie = try #require(try await signedIn("user1").cookie("sessionid"))
        #expect(
            cookie.hasSuffix(
                "; Expires=Tue, 28 Nov 2023 22:13:20 GMT; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax"))
        #expect(try await signedIn("user1", scheme: "https").cookie("sessionid")?.contains("; Secure;") == true)
    }

    @Test("channels test_session_samesite: the configured SameSite is used")
    func sameSite() async throws {
        let strict = SignedCookieAuthentication(sameSite: .strict) { name, _ in Member(name: name) }
        let answer = try await Exchange().run(strict) { request in
            var response = Response.text("")
            try response.signIn(Member(name: "user1"), for: request)
            return response
        }
        #expect(answer.cookie("sessionid")?.hasSuffix("SameSite=Strict") == true)
    }

    @Test("channels test_login_user_as_argument: who signed in is the user of later requests and sockets, by any name")
    func signIn() async throws {
        let value = try await signedIn("用户;1").cookieValue("sessionid")
        #expect(try await user(cookie: value) == "用户;1")
        var state = LifespanState()
        state[SecretKeys.self] = testSecrets
        let headers: HTTPFields = [.cookie: "sessionid=\(value ?? "")"]
        let clock = ManualTime()
        let socket = try await handshake(
            authentication, SignInRequired(), headers: headers, state: state, clock: clock)
        #expect(socket?.isAccept == true)
        clock.turn(by: 1_209_601)
        let late = try await handshake(authentication, SignInRequired(), headers: headers, state: state, clock: clock)
        #expect(late?.deniedStatus == 403)
    }

    @Test("No cookie, a forged one, an old one, a user who is gone: anonymous")
    func anonymous() async throws {
        let value = try #require(try await signedIn("user1").cookieValue("sessionid"))
        #expect(try await user(cookie: nil).isEmpty)
        #expect(try await user(cookie: value + "x").isEmpty)
        #expect(try await user(cookie: "user1").isEmpty)
        let gone = try #require(try await signedIn("gone").cookieValue("sessionid"))
        #expect(try await user(cookie: gone).isEmpty)
        let clock = ManualTime()
        clock.turn(by: 1_209_600)
        #expect(try await user(cookie: value, clock: clock) == "user1")
        clock.turn(by: 1)
        #expect(try await user(cookie: value, clock: clock).isEmpty, "14 days are over")
    }

    @Test("channels test_login_no_session_in_scope: the error says to add the middleware")
    func noSession() async throws {
        let error = await #expect(throws: HTTPError.self) {
            try await Exchange().run { request in
                var response = Response.text("")
                try response.signIn(Member(name: "user1"), for: request)
                return response
            }
        }
        #expect(error?.description.contains("SignedCookieAuthentication") == true)
    }

    @Test("channels test_login_no_user_in_scope: nobody cannot sign in")
    func noUser() async throws {
        let error = await #expect(throws: HTTPError.self) {
            try await Exchange().run(authentication) { request in
                var response = Response.text("")
                try response.signIn(request.user, for: request)
                return response
            }
        }
        #expect(error?.code == "no_user")
    }

    @Test("Sign-in takes a new CSRF secret; the old token is worth nothing after it")
    func rotation() async throws {
        let before = try await Exchange().run(CSRF()) { .text($0.csrfToken) }
        let old = try #require(before.cookieValue("csrftoken"))
        let exchange = Exchange(.post, headers: [.cookie: "csrftoken=\(old)", .csrfHeader: before.body])
        let answer = try await exchange.run(CSRF(), authentication) { request in
            var response = Response.text("")
            try response.signIn(Member(name: "user1"), for: request)
            return response
        }
        let new = try #require(answer.cookieValue("csrftoken"))
        #expect(new != old)
        let later = Exchange(.post, headers: [.cookie: "csrftoken=\(new)", .csrfHeader: before.body])
        #expect(try await later.run(ErrorPages(), CSRF()) { _ in .text("") }.status == .forbidden)
    }

    @Test("channels test_multiple_sessions: two requests handled out of order keep their own users")
    func outOfOrder() async throws {
        let authentication = authentication
        let (one, two) = (
            try await signedIn("one").cookieValue("sessionid"), try await signedIn("two").cookieValue("sessionid")
        )
        let held = EventQueue<Void>()
        @Sendable func run(_ cookie: String?, wait: Bool) async throws -> String {
            let exchange = Exchange(headers: [.cookie: "sessionid=\(cookie ?? "")"])
            return try await exchange.run(authentication) { request in
                if wait { try await held.next() } else { held.push(()) }
                return .text(request.user.name)
            }.body
        }
        async let first = run(one, wait: true)
        async let second = run(two, wait: false)
        #expect(try await (first, second) == ("one", "two"))
    }

    @Test("Sign-out ends the cookie")
    func signOut() async throws {
        let answer = try await Exchange().run(authentication) { request in
            var response = Response.text("")
            try response.signOut(for: request)
            return response
        }
        #expect(answer.cookie("sessionid")?.hasPrefix("sessionid=; Expires=Thu, 01 Jan 1970") == true)
    }

    @Test("Pages that may depend on the user vary by cookie, static files do not")
    func vary() async throws {
        #expect(try await Exchange().run(authentication) { _ in .text("") }.headers[.vary] == "Cookie")
        let file = try await Exchange().run(authentication) { _ in Response(headers: [.cacheControl: "public"]) }
        #expect(file.headers[.vary] == nil)
    }

    @Test("contract §1, §3: without a session a page is 303 to the sign-in page, JSON 401, a socket 403")
    func signInRequired() async throws {
        func run(_ method: HTTPRequest.Method, _ target: String, accept: String = "text/html") async throws -> Answer {
            let exchange = Exchange(method, target, headers: [.accept: accept])
            return try await exchange.run(ErrorPages(), authentication, SignInRequired()) { _ in .text("in") }
        }
        let page = try await run(.get, "/room/%E8%81%8A/?since=1&x=/a")
        #expect(page.status == .seeOther)
        #expect(page.headers[.location] == "/login/?next=/room/%25E8%2581%258A/%3Fsince%3D1%26x%3D/a")
        #expect(try await run(.post, "/a/").headers[.location] == "/login/")
        let json = try await run(.get, "/a/", accept: "application/json")
        #expect(json.status == .unauthorized && json.body == #"{"error":"sign_in_required"}"#)
        #expect(try await handshake(SignInRequired(), headers: [:])?.deniedStatus == 403)
        let value = try #require(try await signedIn("user1").cookieValue("sessionid"))
        let signed = try await Exchange(headers: [.cookie: "sessionid=\(value)"]).run(authentication, SignInRequired())
        {
            .text("in as \($0.user.name)")
        }
        #expect(signed.body == "in as user1")
    }

    @Test(
        "A next address stays on this site",
        arguments: [
            ("/", true), ("/room/聊天/?a=b", true), ("/a//b", true), ("", false), ("a", false), ("//evil.com", false),
            ("/\\evil.com", false), ("\\\\evil.com", false), ("/\t/evil.com", false), ("/\n/evil.com", false),
            ("https://evil.com", false), ("javascript:alert(1)", false), (" /a", false), ("/a\u{0}", false),
            ("/a\\b", false), ("/a\u{85}", false), ("/" + String(repeating: "a", count: 2_048), false),
        ])
    func safeRedirect(target: String, expected: Bool) {
        #expect(SafeRedirect.isSameSite(target) == expected)
        #expect(SafeRedirect.path(target, or: "/home/") == (expected ? target : "/home/"))
        #expect(SafeRedirect.path(nil) == "/")
    }
}
