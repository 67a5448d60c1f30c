// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceTesting
import SluiceWeb
import Synchronization
import Testing

/// Counts from 1.
private final class CallCount: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}

@Suite("Cache")
struct CacheTests {
    @Test("What every store must do, in memory", arguments: CacheStoreConformance.checks)
    func conforms(_ check: CacheStoreConformance.Check) async throws {
        try await check.run(MemoryCache())
    }

    @Test("What every session store must do, in memory", arguments: SessionStoreConformance.checks)
    func sessionsConform(_ check: SessionStoreConformance.Check) async throws {
        try await check.run(MemorySessions())
    }

    @Test("What was not used for the longest time goes first, by count and by bytes; what is too large is not kept")
    func limits() async throws {
        let store = MemoryCache(byteLimit: 10_000, countLimit: 3)
        for key in ["a", "b", "c"] { await store.set([(key, ByteBuffer(string: key))], for: nil) }
        _ = await store.values(of: ["a"])
        await store.set([("d", ByteBuffer(string: "d"))], for: nil)
        #expect(await store.values(of: ["a", "b", "c", "d"]).map { $0 != nil } == [true, false, true, true])
        await store.set([("e", ByteBuffer(repeating: 0, count: 9_800))], for: nil)
        #expect(await store.values(of: ["a", "c", "d", "e"]).map { $0 != nil } == [false, false, false, true])
        #expect(store.usage.count == 1 && store.usage.bytes <= 10_000)
        await store.set([("e", ByteBuffer(repeating: 0, count: 10_000))], for: nil)
        #expect(store.usage.count == 0 && store.usage.bytes == 0, "the old value does not stay under its key")
    }

    @Test("Memory stays within its limits whatever is done, and the bytes add up (random operations against a model)")
    func random() async throws {
        var generator = SeededGenerator(seed: 7)
        let clock = ManualTime()
        let store = MemoryCache(byteLimit: 4_000, countLimit: 20, clock: clock)
        for _ in 0..<5_000 {
            let key = "k\(Int.random(in: 0..<40, using: &generator))"
            let value = ByteBuffer(repeating: 1, count: Int.random(in: 0..<400, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: _ = await store.add(key, value, for: .seconds(5))
            case 1: _ = await store.delete([key])
            case 2: _ = await store.touch(key, for: .seconds(3))
            case 3: clock.turn(by: 1)
            case 4:
                await store.set([(key, value)], for: .seconds(2))
                #expect(await store.values(of: [key]) == [value])
            default: await store.set([(key, value)], for: nil)
            }
            #expect(store.usage.count <= 20 && store.usage.bytes <= 4_000)
        }
        _ = await store.delete((0..<40).map { "k\($0)" })
        #expect(store.usage.count == 0 && store.usage.bytes == 0)
    }

    @Test("Django's names: get, set, add, getMany, setMany, increment, touch, delete, versions, prefixes, long keys")
    func names() async throws {
        let store = MemoryCache()
        let cache = Cache(store)
        try await cache.set("a", to: ["x": 1])
        #expect(try await cache.get("a") == ["x": 1])
        #expect(try await cache.get("a", as: [String].self) == nil, "another type counts as not kept")
        #expect(try await cache.add("a", 2) == false)
        #expect(try await cache.add("n", 41))
        #expect(try await cache.increment("n") == 42)
        #expect(try await cache.get("n") == 42)
        #expect(try await cache.increment("none") == nil)
        try await cache.setMany(["b": 1, "c": 2])
        #expect(try await cache.getMany(["b", "none", "c", "a"], as: Int.self) == ["b": 1, "c": 2])
        #expect(try await cache.version(2).get("b", as: Int.self) == nil)
        #expect(try await Cache(store, prefix: "other").get("b", as: Int.self) == nil)
        try await cache.set("b", to: 1, for: .seconds(0))
        #expect(try await cache.get("b", as: Int.self) == nil, "a life of nothing is a delete, as in Django")
        #expect(try await cache.touch("c", for: .forever))
        #expect(try await cache.delete("c"))
        #expect(try await cache.delete("c") == false)
        let long = String(repeating: "键", count: 200)
        try await cache.set(long + "1", to: 1)
        try await cache.set(long + "2", to: 2)
        #expect(try await cache.get(long + "1") == 1)
        #expect(try await cache.get(long + "2") == 2)
        try await cache.clear()
        #expect(try await cache.get("a", as: [String: Int].self) == nil)
    }

    @Test("getOrSet: of a hundred who ask at once one makes it; an error goes to all, and the next one tries again")
    func stampede() async throws {
        let cache = Cache(MemoryCache())
        let calls = CallCount()
        let gate = EventQueue<Bool>()
        let waiting = Task {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        try await cache.getOrSet("a") {
                            _ = try await gate.next()
                            return calls.next()
                        }
                    }
                }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
        }
        gate.push(true)
        #expect(try await waiting.value == [1])
        #expect(try await cache.getOrSet("a") { 7 } == 1, "it is kept")
        struct Broken: Error {}
        await #expect(throws: Broken.self) { try await cache.getOrSet("b") { () -> Int in throw Broken() } }
        #expect(try await cache.getOrSet("b") { 8 } == 8)
    }
}

@Suite("Cached pages")
struct PageCacheTests {
    private let store = MemoryCache()
    private let clock = ManualTime()
    private let calls = CallCount()

    /// The page's text is how often the view was called.
    private func get(
        _ target: String = "/", _ headers: HTTPFields = [:], method: HTTPRequest.Method = .get,
        outer: [any Middleware] = [], user: (any User)? = nil,
        view: (@Sendable (Request, Int) async throws -> Response)? = nil
    ) async throws -> Answer {
        var exchange = Exchange(method, target, headers: headers)
        exchange.scope.state[Cache.self] = Cache(store)
        exchange.scope.connection.clock = clock
        if let user { exchange.scope.user = user }
        let calls = calls
        let application = ViewApplication(
            FunctionView { request in
                let call = calls.next()
                return try await view?(request, call) ?? .text("\(call)")
            })
        return try await exchange.run(application.wrapped(in: outer + [PageCache(for: .seconds(60))]))
    }

    @Test("Django's cache_page: the page is made once, told its age, and apart by path, query, host and scheme")
    func kept() async throws {
        #expect(try await get().body == "1")
        clock.turn(by: 5)
        let kept = try await get()
        #expect(kept.body == "1" && kept.headers[.age] == "5" && kept.headers[.contentLength] == "1")
        #expect(kept.headers[.contentType] == "text/plain; charset=utf-8")
        let head = try await get(method: .head)
        #expect(head.body.isEmpty && head.headers[.contentLength] == "1")
        #expect(try await get("/?a=1").body == "2")
        #expect(try await get("/?a=1").body == "2")
        #expect(try await get("/", [.hostName: "other"]).body == "3")
        #expect(try await get(method: .post).body == "4")
        #expect(try await get().body == "1")
        #expect(try await get("/new", method: .head).headers[.age] == nil)
    }

    @Test("RFC 9111 §4.1: pages are apart by the fields that Vary names")
    func vary() async throws {
        let view: @Sendable (Request, Int) async throws -> Response = { _, call in
            Response(headers: [.vary: "Accept-Language, Cookie"], body: .text("\(call)"))
        }
        for (language, body) in [("zh", "1"), ("en", "2"), ("zh", "1"), ("en", "2")] {
            #expect(try await get("/", [.acceptLanguage: language], view: view).body == body)
        }
        #expect(try await get("/", [.acceptLanguage: "zh", .cookie: "a=1"], view: view).body == "3")
        #expect(try await get("/", [.acceptLanguage: "zh"], view: view).body == "1")
    }

    @Test("What is personal is never kept: cookies, private answers, sessions, tokens, users, Authorization")
    func personal() async throws {
        let fields: [HTTPFields] = [
            [.setCookie: "a=1"], [.cacheControl: "private"], [.cacheControl: "max-age=60, No-Store"],
            [.cacheControl: "no-cache=\"x\""], [.vary: "*"], [.cacheControl: "max-age=0"], [.cacheControl: "max-age=x"],
            [.cacheControl: "max-age=60, s-maxage=0"],
        ]
        for (index, headers) in fields.enumerated() {
            let view: @Sendable (Request, Int) async throws -> Response = { _, call in
                Response(headers: headers, body: .text("\(call)"))
            }
            let first = try await get("/\(index)", view: view)
            #expect(try await get("/\(index)", view: view).body != first.body, "\(headers)")
        }
        let sessions = Sessions(MemorySessions())
        for outer in [[sessions] as [any Middleware], [sessions, CSRF()]] {
            let view: @Sendable (Request, Int) async throws -> Response = { request, call in
                if outer.count == 1 { _ = try await request.session.isEmpty } else { _ = request.csrfToken }
                return .text("\(call)")
            }
            let first = try await get("/own\(outer.count)", outer: outer, view: view)
            #expect(try await get("/own\(outer.count)", outer: outer, view: view).body != first.body)
        }
        let open = try await get("/open").body
        #expect(try await get("/open", user: Anna()).body != open, "she is not given an anonymous page")
        let hers = try await get("/hers", user: Anna()).body
        #expect(try await get("/hers").body != hers, "nor anybody hers")
        #expect(try await get("/open", [.authorization: "Bearer x"]).body != open)
        for status in [HTTPResponse.Status.notFound, .found] {
            let view: @Sendable (Request, Int) async throws -> Response = { _, call in
                .text("\(call)", status: status)
            }
            let first = try await get("/\(status.code)", view: view)
            #expect(try await get("/\(status.code)", view: view).body != first.body)
        }
    }

    private struct Anna: User {
        var name: String { "anna" }
        var isAuthenticated: Bool { true }
    }

    @Test("A stream is not kept; a page whose max-age is over is made again; a cache that fails harms nobody")
    func others() async throws {
        let stream: @Sendable (Request, Int) async throws -> Response = { _, call in
            Response(body: .stream { try await $0.write("\(call)") })
        }
        #expect(try await get("/s", view: stream).body == "1")
        #expect(try await get("/s", view: stream).body == "2")
        struct Broken: CacheStore {
            struct Away: Error {}
            func values(of keys: [String]) async throws -> [ByteBuffer?] { throw Away() }
            func set(_ values: [(key: String, value: ByteBuffer)], for life: Duration?) async throws { throw Away() }
            func add(_ key: String, _ value: ByteBuffer, for life: Duration?) async throws -> Bool { throw Away() }
            func increment(_ key: String, by amount: Int) async throws -> Int? { throw Away() }
            func touch(_ key: String, for life: Duration?) async throws -> Bool { throw Away() }
            func delete(_ keys: [String]) async throws -> Int { throw Away() }
            func clear() async throws { throw Away() }
        }
        var exchange = Exchange()
        exchange.scope.state[Cache.self] = Cache(Broken())
        #expect(try await exchange.run(PageCache()) { _ in .text("made") }.body == "made")
        await #expect(throws: HTTPError.self) { try await Exchange().run(PageCache()) { _ in .text("") } }
    }
}
