// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWeb
import Synchronization
import Testing

extension SessionKey where Value == Int {
    fileprivate static var visits: Self { Self("visits") }
}

extension SessionKey where Value == String {
    fileprivate static var visitsAsText: Self { Self("visits") }
    fileprivate static var pad: Self { Self("pad") }
}

/// A store that counts what is asked of it.
private final class CountingStore: SessionStore {
    let base = MemorySessions()
    private let calls = Mutex<[String]>([])
    var log: [String] { calls.withLock { $0 } }

    func load(_ token: String, at now: WallTime) async throws -> SessionData? {
        calls.withLock { $0.append("load") }
        return await base.load(token, at: now)
    }

    func save(
        _ session: SessionData, as token: String?, at now: WallTime, until end: WallTime
    ) async throws -> String? {
        calls.withLock { $0.append(token == nil ? "create" : "save") }
        return try await base.save(session, as: token, at: now, until: end)
    }

    func delete(_ token: String) async throws {
        calls.withLock { $0.append("delete") }
        await base.delete(token)
    }

    func deleteExpired(at now: WallTime) async throws { await base.deleteExpired(at: now) }
}

@Suite("Sessions")
struct SessionTests {
    private let store = CountingStore()
    private let clock = ManualTime()

    private func exchange(_ cookie: String? = nil) -> Exchange {
        var exchange = Exchange()
        exchange.scope.connection.clock = clock
        exchange.scope.headers[.cookie] = cookie.map { "sessionid=\($0)" }
        return exchange
    }

    private func visit(_ cookie: String?, settings: Sessions.Settings = .init()) async throws -> Answer {
        try await exchange(cookie).run(Sessions(store, settings: settings)) { request in
            let visits = (try await request.session[.visits] ?? 0) + 1
            try await request.session.set(.visits, to: visits)
            return .text("\(visits)")
        }
    }

    @Test("A session is made with its first value, and found again by its cookie")
    func visits() async throws {
        let first = try await visit(nil)
        let cookie = try #require(first.cookieValue("sessionid"))
        #expect(first.body == "1" && cookie.utf8.count == 43 && first.headers[.vary] == "Cookie")
        let second = try await visit(cookie)
        #expect(second.body == "2" && second.cookieValue("sessionid") == cookie)
        #expect(store.log == ["create", "load", "save"])
    }

    @Test("Nothing asked is nothing loaded, nothing kept is no cookie; what is only read is not saved")
    func lazy() async throws {
        let untouched = try await exchange("anything").run(Sessions(store)) { _ in .text("") }
        #expect(untouched.cookie("sessionid") == nil && untouched.headers[.vary] == nil)
        #expect(store.log.isEmpty)
        let empty = try await exchange().run(Sessions(store)) { request in
            .text("\(try await request.session.isEmpty)")
        }
        #expect(empty.body == "true" && empty.cookie("sessionid") == nil && store.log.isEmpty)
        let cookie = try await visit(nil).cookieValue("sessionid")
        let read = try await exchange(cookie).run(Sessions(store)) { request in
            let visits = try await request.session[.visits]
            // The same value is no change.
            try await request.session.set(.visits, to: visits)
            return .text("\(visits ?? 0)")
        }
        #expect(read.body == "1" && read.cookie("sessionid") == nil && read.headers[.vary] == "Cookie")
        #expect(store.log == ["create", "load"])
    }

    @Test("A token that the store does not know is never taken over (session fixation)")
    func fixation() async throws {
        let answer = try await visit("chosen-by-somebody-else-0123456789abcdefghijk")
        #expect(answer.body == "1")
        #expect(answer.cookieValue("sessionid") != "chosen-by-somebody-else-0123456789abcdefghijk")
        let read = try await exchange("forged").run(Sessions(store)) { request in
            .text("\(try await request.session[.visits] ?? 0)")
        }
        #expect(read.cookie("sessionid")?.hasPrefix("sessionid=; Expires=Thu, 01 Jan 1970") == true)
    }

    @Test("cycleToken keeps the values under a new token, and the old one is over; flush ends both")
    func tokens() async throws {
        let old = try #require(try await visit(nil).cookieValue("sessionid"))
        let answer = try await exchange(old).run(Sessions(store)) { request in
            try await request.session.cycleToken()
            return .text("")
        }
        let new = try #require(answer.cookieValue("sessionid"))
        #expect(new != old)
        #expect(try await visit(old).body == "1")
        #expect(try await visit(new).body == "2")
        let gone = try await exchange(new).run(Sessions(store)) { request in
            try await request.session.flush()
            return .text("\(try await request.session[.visits] ?? 0)")
        }
        #expect(gone.body == "0" && gone.cookie("sessionid")?.hasPrefix("sessionid=;") == true)
        #expect(try await visit(new).body == "1")
    }

    @Test("A server error saves nothing; a session that was ended meanwhile is not brought back: 400")
    func failures() async throws {
        let cookie = try #require(try await visit(nil).cookieValue("sessionid"))
        let failed = try await exchange(cookie).run(ErrorPages(), Sessions(store)) { request in
            try await request.session.set(.visits, to: 9)
            throw HTTPError(.internalServerError)
        }
        #expect(failed.status == .internalServerError && failed.cookie("sessionid") == nil)
        #expect(try await visit(cookie).body == "2")
        let store = store
        let interrupted = try await exchange(cookie).run(ErrorPages(), Sessions(store)) { request in
            try await request.session.set(.visits, to: 9)
            try await store.delete(cookie)
            return .text("")
        }
        #expect(interrupted.status == .badRequest)
        #expect(try await visit(cookie).body == "1")
    }

    @Test("A session ends at its age after the last change; settings and setExpiry move the end")
    func expiry() async throws {
        let cookie = try #require(try await visit(nil).cookieValue("sessionid"))
        clock.turn(by: 1_209_599)
        #expect(try await visit(cookie).body == "2")
        clock.turn(by: 1_209_600)
        #expect(try await visit(cookie).body == "1")
        let short = try await exchange().run(Sessions(store)) { request in
            try await request.session.set(.visits, to: 1)
            try await request.session.setExpiry(.after(seconds: 60))
            return .text("")
        }
        #expect(short.cookie("sessionid")?.contains("Max-Age=60;") == true)
        let browser = try await exchange().run(Sessions(store)) { request in
            try await request.session.set(.visits, to: 1)
            try await request.session.setExpiry(.whenBrowserCloses)
            return .text("")
        }
        #expect(browser.cookie("sessionid")?.contains("Max-Age") == false)
        clock.turn(by: 61)
        #expect(try await visit(short.cookieValue("sessionid")).body == "1")
        #expect(try await visit(browser.cookieValue("sessionid")).body == "2")
        var settings = Sessions.Settings()
        settings.savesEveryRequest = true
        let kept = try #require(try await visit(nil).cookieValue("sessionid"))
        clock.turn(by: 1_000_000)
        _ = try await exchange(kept).run(Sessions(store, settings: settings)) { _ in .text("") }
        clock.turn(by: 1_000_000)
        #expect(try await visit(kept).body == "2")
    }

    @Test("A value of another type is none; set to nil it is gone; an emptied session takes its cookie away")
    func types() async throws {
        let cookie = try await visit(nil).cookieValue("sessionid")
        let answer = try await exchange(cookie).run(Sessions(store)) { request in
            let text = try await request.session[.visitsAsText]
            let visits = try await request.session.take(.visits)
            return .text("\(text ?? "none") \(visits ?? 0) \(try await request.session.isEmpty)")
        }
        #expect(answer.body == "none 1 true")
        #expect(try await visit(cookie).body == "1")
    }

    @Test("A session holds 64 KiB at most, a cookie's 4 KiB")
    func sizes() async throws {
        for (store, size) in [
            (store as any SessionStore, SessionData.byteLimit), (try CookieSessions(testSecrets), 4_096),
        ] {
            let answer = try await exchange().run(ErrorPages(), Sessions(store)) { request in
                try await request.session.set(.pad, to: String(repeating: "a", count: size))
                return .text("")
            }
            #expect(answer.status == .internalServerError)
        }
    }

    @Test("Signed cookies: readable, unchangeable, over at their end; nothing is kept here")
    func cookies() async throws {
        let sessions = Sessions { try CookieSessions($0[SecretKeys.self]) }
        let answer = try await exchange().run(sessions) { request in
            try await request.session.set(.visits, to: 5)
            return .text("")
        }
        let cookie = try #require(answer.cookieValue("sessionid"))
        func read(_ cookie: String) async throws -> String {
            try await exchange(cookie).run(sessions) { .text("\(try await $0.session[.visits] ?? 0)") }.body
        }
        #expect(try await read(cookie) == "5")
        for place in [0, cookie.utf8.count / 2, cookie.utf8.count - 1] {
            var bytes = Array(cookie.utf8)
            bytes[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(try await read(String(decoding: bytes, as: UTF8.self)) == "0")
        }
        clock.turn(by: 1_209_600)
        #expect(try await read(cookie) == "0")
    }

    @Test("The memory store forgets what is over, and over its limit what ends first")
    func memory() async throws {
        let store = MemorySessions(limit: 32)
        var data = SessionData()
        data.values["a"] = "1"
        var tokens: [String] = []
        for second in 0..<40 {
            let end = WallTime(seconds: Int64(1_000 + second))
            let token = try await store.save(data, as: nil, at: WallTime(seconds: 0), until: end)
            tokens.append(try #require(token))
        }
        #expect(store.count <= 32)
        #expect(await store.load(tokens[0], at: WallTime(seconds: 0)) == nil)
        #expect(await store.load(tokens[39], at: WallTime(seconds: 0)) == data)
        await store.deleteExpired(at: WallTime(seconds: 1_038))
        #expect(store.count == 1)
    }

    @Test("What a view has saved itself has its cookie too, and is not saved again")
    func savedByView() async throws {
        let answer = try await exchange().run(Sessions(store)) { request in
            try await request.session.set(.visits, to: 4)
            try await request.session.save()
            return .text("")
        }
        #expect(store.log == ["create"])
        #expect(try await visit(answer.cookieValue("sessionid")).body == "5")
    }

    @Test("Django messages: shown once, in order, over a redirect; the newest 20 wait")
    func flash() async throws {
        let answer = try await exchange().run(Sessions(store)) { request in
            try await request.flash("<b>1</b>", .success)
            for number in 2...25 { try await request.flash("\(number)") }
            return try .redirect(to: "/")
        }
        let cookie = answer.cookieValue("sessionid")
        func shown() async throws -> String {
            try await exchange(cookie).run(Sessions(store)) { request in
                let messages = try await request.takeFlashMessages()
                return .text("\(messages.count) \(messages.first?.text ?? "") \(messages.last?.text ?? "")")
            }.body
        }
        #expect(try await shown() == "20 6 25")
        #expect(try await shown() == "0  ")
    }

    @Test("channels: a socket has the session of its handshake, and saves it when told to")
    func socket() async throws {
        let cookie = try #require(try await visit(nil).cookieValue("sessionid"))
        let scope = exchange(cookie).scope
        let session = Session(cookie, in: store, age: .seconds(100), clock: scope.connection.clock)
        #expect(try await session[.visits] == 1)
        try await session.set(.visits, to: 7)
        #expect(try await visit(cookie).body == "2", "not saved yet")
        try await session.save()
        #expect(try await visit(cookie).body == "8")
    }
}
