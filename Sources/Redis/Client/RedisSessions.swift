// SPDX-License-Identifier: Apache-2.0

import NIOCore
public import SluiceCore
public import SluiceWeb

/// Sessions in a Redis server, for all processes: fast, and as lasting as the server is. Redis forgets them at their end
/// by itself.
public struct RedisSessions: SessionStore {
    /// What keys begin with when nothing else is said.
    public static let defaultPrefix = "sluice:session:"

    private let client: RedisClient
    private let prefix: String

    /// Sessions in a server.
    ///
    /// - Parameter prefix: what keys begin with; behind it stands the hash of the session's token.
    public init(_ client: RedisClient, prefix: String = RedisSessions.defaultPrefix) {
        self.client = client
        self.prefix = prefix
    }

    /// A session whose end has not come.
    ///
    /// - Throws: ``RedisError``, which is answered with 503 while the server is away.
    public func load(_ token: String, at now: WallTime) async throws -> SessionData? {
        let answer = try await client.run(RedisCommand("GET", key(token)))
        guard let kept = answer.bytes else { return nil }
        // `END JSON`: the server's clock may be another one than the application's.
        let bytes = kept.readableBytesView
        guard let space = bytes.firstIndex(of: UInt8(ascii: " ")),
            let end = Int64(String(decoding: bytes[..<space], as: UTF8.self)), end > now.seconds
        else { return nil }
        return SessionData(encoded: Array(bytes[bytes.index(after: space)...]))
    }

    /// Keeps a session.
    ///
    /// - Throws: ``HTTPError`` 500 `session_too_large`; ``RedisError``.
    public func save(
        _ session: SessionData, as token: String?, at now: WallTime, until end: WallTime
    ) async throws -> String? {
        let data = "\(end.seconds) " + String(decoding: try session.encoded(), as: UTF8.self)
        let life = RedisCache.milliseconds(.seconds(max(0, end.seconds - now.seconds)))
        let used = token ?? SessionToken.make()
        // A new one must not be there, one of before must be.
        let condition: RedisCommand.Word = token == nil ? "NX" : "XX"
        let answer = try await client.run(
            RedisCommand("SET", key(used), .text(data), "PX", .number(life), condition))
        return answer == .null ? nil : used
    }

    /// Ends a session.
    ///
    /// - Throws: ``RedisError``.
    public func delete(_ token: String) async throws {
        _ = try await client.run(RedisCommand("UNLINK", key(token)))
    }

    /// Does nothing: Redis forgets what is over.
    public func deleteExpired(at now: WallTime) async {}

    private func key(_ token: String) -> RedisCommand.Word { .text(prefix + SessionToken.hash(token)) }
}
