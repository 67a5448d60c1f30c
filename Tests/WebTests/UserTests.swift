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

    private let sessions = Sessions { try CookieSessions($0[SecretKeys.self]) }
    private let authentication = Authentication { name, _ in name == "gone" ? nil : Member(name: name) }

    private func signedIn(_ name: String, scheme: String = "http") async throws -> Answer {
        var exchange = Exchange()
        exchange.scope.scheme = scheme
        return try await exchange.run(CSRF(), sessions, authentication) { request in
            #expect(!request.user.isAuthenticated, "before sign-in the user is anonymous")
            try await request.signIn(Member(name: name))
            return .text("")
        }
    }

    private func user(cookie: String?, clock: ManualTime = ManualTime()) async throws -> String {
        var exchange = Exchange()
        exchange.scope.headers[.cookie] = cookie.map { "sessionid=\($0)" }
        exchange.scope.connection.clock = clock
        return try await exchange.run(sessions, authentication) { .text($0.user.name) }.body
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
        var settings = Sessions.Settings()
        settings.sameSite = .strict
        let answer = try await Exchange().run(Sessions(MemorySessions(), settings: settings), authentication) {
            request in
            try await request.signIn(Member(name: "user1"))
            return .text("")
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
            sessions, authentication, SignInRequired(), headers: headers, state: state, clock: clock)
        #expect(socket?.isAccept == true)
        clock.turn(by: 1_209_601)
        let late = try await handshake(
            sessions, authentication, SignInRequired(), headers: headers, state: state, clock: clock)
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
        clock.turn(by: 1_209_599)
        #expect(try await user(cookie: value, clock: clock) == "user1")
        clock.turn(by: 1)
        #expect(try await user(cookie: value, clock: clock).isEmpty, "14 days are over")
    }

    @Test("Django HASH_SESSION_KEY: a session that began with another password is over, in its store too")
    func proof() async throws {
        struct Holder: User {
            var name: String { "user1" }
            var isAuthenticated: Bool { true }
            var sessionProof: String
        }
        let store = MemorySessions()
        let answer = try await Exchange().run(Sessions(store)) { request in
            try await request.signIn(Holder(sessionProof: "old"))
            return .text("")
        }
        let cookie = try #require(answer.cookieValue("sessionid"))
        for (now, expected) in [("old", "user1"), ("new", ""), ("old", "")] {
            let exchange = Exchange(headers: [.cookie: "sessionid=\(cookie)"])
            let authentication = Authentication { _, _ in Holder(sessionProof: now) }
            let later = try await exchange.run(Sessions(store), authentication) { .text($0.user.name) }
            #expect(later.body == expected)
            #expect(later.cookie("sessionid")?.hasPrefix("sessionid=;") ?? false == expected.isEmpty)
        }
        #expect(store.count == 0)
    }

    @Test("channels test_login_no_session_in_scope: the error says to add the middleware")
    func noSession() async throws {
        let error = await #expect(throws: HTTPError.self) {
            try await Exchange().run { request in
                try await request.signIn(Member(name: "user1"))
                return .text("")
            }
        }
        #expect(error?.description.contains("Sessions") == true)
    }

    @Test("channels test_login_no_user_in_scope: nobody cannot sign in")
    func noUser() async throws {
        let error = await #expect(throws: HTTPError.self) {
            try await Exchange().run(sessions, authentication) { request in
                try await request.signIn(request.user)
                return .text("")
            }
        }
        #expect(error?.code == "no_user")
    }

    @Test("Sign-in takes a new CSRF secret; the old token is worth nothing after it")
    func rotation() async throws {
        let before = try await Exchange().run(CSRF()) { .text($0.csrfToken) }
        let old = try #require(before.cookieValue("csrftoken"))
        let exchange = Exchange(.post, headers: [.cookie: "csrftoken=\(old)", .csrfHeader: before.body])
        let answer = try await exchange.run(CSRF(), sessions, authentication) { request in
            try await request.signIn(Member(name: "user1"))
            return .text("")
        }
        let new = try #require(answer.cookieValue("csrftoken"))
        #expect(new != old)
        let later = Exchange(.post, headers: [.cookie: "csrftoken=\(new)", .csrfHeader: before.body])
        #expect(try await later.run(ErrorPages(), CSRF()) { _ in .text("") }.status == .forbidden)
    }

    @Test("channels test_multiple_sessions: two requests handled out of order keep their own users")
    func outOfOrder() async throws {
        let (sessions, authentication) = (sessions, authentication)
        let (one, two) = (
            try await signedIn("one").cookieValue("sessionid"), try await signedIn("two").cookieValue("sessionid")
        )
        let held = EventQueue<Void>()
        @Sendable func run(_ cookie: String?, wait: Bool) async throws -> String {
            let exchange = Exchange(headers: [.cookie: "sessionid=\(cookie ?? "")"])
            return try await exchange.run(sessions, authentication) { request in
                if wait { try await held.next() } else { held.push(()) }
                return .text(request.user.name)
            }.body
        }
        async let first = run(one, wait: true)
        async let second = run(two, wait: false)
        #expect(try await (first, second) == ("one", "two"))
    }

    @Test("Sign-out ends the cookie, and the session in its store")
    func signOut() async throws {
        let store = MemorySessions()
        let answer = try await Exchange().run(Sessions(store), authentication) { request in
            try await request.signIn(Member(name: "user1"))
            return .text("")
        }
        let exchange = Exchange(headers: [.cookie: "sessionid=\(answer.cookieValue("sessionid") ?? "")"])
        #expect(store.count == 1)
        let out = try await exchange.run(Sessions(store), authentication) { request in
            #expect(request.user.name == "user1")
            try await request.signOut()
            return .text("")
        }
        #expect(out.cookie("sessionid")?.hasPrefix("sessionid=; Expires=Thu, 01 Jan 1970") == true)
        #expect(store.count == 0)
        #expect(try await exchange.run(Sessions(store), authentication) { .text($0.user.name) }.body.isEmpty)
    }

    @Test("Pages that may depend on the user vary by cookie, static files do not")
    func vary() async throws {
        #expect(try await Exchange().run(sessions, authentication) { _ in .text("") }.headers[.vary] == "Cookie")
        let file = try await Exchange().run(sessions, authentication) { _ in
            Response(headers: [.cacheControl: "public"])
        }
        #expect(file.headers[.vary] == nil)
    }

    @Test("contract §1, §3: without a session a page is 303 to the sign-in page, JSON 401, a socket 403")
    func signInRequired() async throws {
        func run(_ method: HTTPRequest.Method, _ target: String, accept: String = "text/html") async throws -> Answer {
            let exchange = Exchange(method, target, headers: [.accept: accept])
            return try await exchange.run(ErrorPages(), sessions, authentication, SignInRequired()) { _ in .text("in") }
        }
        let page = try await run(.get, "/room/%E8%81%8A/?since=1&x=/a")
        #expect(page.status == .seeOther)
        #expect(page.headers[.location] == "/login/?next=/room/%25E8%2581%258A/%3Fsince%3D1%26x%3D/a")
        #expect(try await run(.post, "/a/").headers[.location] == "/login/")
        let json = try await run(.get, "/a/", accept: "application/json")
        #expect(json.status == .unauthorized && json.body == #"{"error":"sign_in_required"}"#)
        #expect(try await handshake(SignInRequired(), headers: [:])?.deniedStatus == 403)
        let value = try #require(try await signedIn("user1").cookieValue("sessionid"))
        let exchange = Exchange(headers: [.cookie: "sessionid=\(value)"])
        let signed = try await exchange.run(sessions, authentication, SignInRequired()) {
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
