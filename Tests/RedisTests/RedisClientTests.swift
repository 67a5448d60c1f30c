// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import SluiceRedis
import SluiceTesting
import SluiceWeb
import Testing

import class TestProcesses.RedisServer

@Suite(
    "Cache and sessions in Redis", .enabled(if: RedisServer.isInstalled, RedisServer.reason), .timeLimit(.minutes(2)))
struct RedisClientTests {
    @Test("What every store of cached values must do", arguments: CacheStoreConformance.checks)
    func cacheConforms(_ check: CacheStoreConformance.Check) async throws {
        let client = try RedisClient(try await RedisServer.shared.value.url)
        // Checks run at once; clearing one's own prefix leaves the others alone.
        try await check.run(RedisCache(client, prefix: "t[*]:\(SessionToken.make()):"))
        await client.shutdown()
    }

    @Test("What every session store must do", arguments: SessionStoreConformance.checks)
    func sessionsConform(_ check: SessionStoreConformance.Check) async throws {
        let client = try RedisClient(try await RedisServer.shared.value.url + "/3")
        try await check.run(RedisSessions(client))
        await client.shutdown()
    }

    @Test("Two processes see one cache; clearing one prefix leaves the other; every key has an end in the server")
    func shared() async throws {
        let server = try await RedisServer.shared.value
        let (one, other) = (try RedisClient(server.url), try RedisClient(server.url))
        let prefix = SessionToken.make()
        let (mine, theirs) = (Cache(RedisCache(one, prefix: prefix)), Cache(RedisCache(other, prefix: prefix)))
        try await mine.set("a", to: "多路")
        #expect(try await theirs.get("a") == "多路")
        let apart = Cache(RedisCache(one, prefix: "x" + prefix))
        try await apart.set("a", to: 1)
        let ttl = Int(try server.command("PTTL", "\(prefix):1:a").filter(\.isNumber)) ?? 0
        #expect((1...300_000).contains(ttl))
        try await theirs.clear()
        #expect(try await mine.get("a", as: String.self) == nil)
        #expect(try await apart.get("a") == 1)
        try await apart.clear()
        await one.shutdown()
        await other.shutdown()
    }

    @Test("Without a server commands fail with 503, and go on when it is back; a client that is shut down refuses")
    func faults() async throws {
        let server = try await RedisServer()
        let client = try RedisClient(server.url)
        let cache = Cache(RedisCache(client))
        try await cache.set("a", to: 1)
        try server.killClients()
        try await eventually("it is connected again") { (try? await cache.get("a")) == 1 }
        let port = server.port
        await server.stop()
        try await eventually("it is away") {
            do {
                _ = try await cache.get("a", as: Int.self)
                return false
            } catch {
                return ErrorDisposition(of: error) == .unavailable
            }
        }
        let next = try await RedisServer(port: port)
        try await eventually("it is back") { (try? await cache.set("a", to: 2)) != nil }
        #expect(try await cache.get("a") == 2)
        await client.shutdown()
        await #expect(throws: RedisError.self) { try await cache.get("a", as: Int.self) }
        await next.stop()
    }

    @Test("URLs with settings of channel layers are refused")
    func urls() throws {
        #expect(throws: RedisError.self) { try RedisClient("redis://localhost/?prefix=x") }
        #expect(throws: RedisError.self) { try RedisClient("http://localhost") }
    }
}
