// SPDX-License-Identifier: Apache-2.0

public import NIOCore
public import SluiceWeb

/// Cached values in a Redis server, for all processes (Django's `RedisCache`). What must go when the server is full is the
/// server's decision (`maxmemory-policy`).
public struct RedisCache: CacheStore {
    /// What keys begin with when nothing else is said.
    public static let defaultPrefix = "sluice:cache:"

    private let client: RedisClient
    private let prefix: String

    /// Values in a server.
    ///
    /// - Parameter prefix: what keys begin with; ``clear()`` forgets those alone.
    public init(_ client: RedisClient, prefix: String = RedisCache.defaultPrefix) {
        self.client = client
        self.prefix = prefix
    }

    /// `MGET`.
    ///
    /// - Throws: ``RedisError``.
    public func values(of keys: [String]) async throws -> [ByteBuffer?] {
        guard !keys.isEmpty else { return [] }
        let answer = try await client.run(RedisCommand(["MGET"] + keys.map(word)))
        guard let values = answer.elements, values.count == keys.count else { throw RedisError.unexpected("MGET") }
        return values.map(\.bytes)
    }

    /// `SET`, one command each, sent together.
    ///
    /// - Throws: ``RedisError``.
    public func set(_ values: [(key: String, value: ByteBuffer)], for life: Duration?) async throws {
        if values.count == 1, let (key, value) = values.first {
            _ = try await client.run(RedisCommand(["SET", word(key), .bytes(value)] + Self.expiry(life)))
            return
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (key, value) in values {
                group.addTask {
                    _ = try await client.run(RedisCommand(["SET", word(key), .bytes(value)] + Self.expiry(life)))
                }
            }
            try await group.waitForAll()
        }
    }

    /// `SET` with `NX`.
    ///
    /// - Throws: ``RedisError``.
    public func add(_ key: String, _ value: ByteBuffer, for life: Duration?) async throws -> Bool {
        let words: [RedisCommand.Word] = ["SET", word(key), .bytes(value)] + Self.expiry(life)
        return try await client.run(RedisCommand(words + ["NX"])) != .null
    }

    /// `INCRBY` of what is there, by a script.
    ///
    /// - Throws: ``RedisError``; ``HTTPError`` 500 `not_a_number`.
    public func increment(_ key: String, by amount: Int) async throws -> Int? {
        let script =
            "if redis.call('EXISTS',KEYS[1])==1 then return redis.call('INCRBY',KEYS[1],ARGV[1]) end return false"
        do {
            let sum = try await client.run(RedisCommand(["EVAL", .text(script), "1", word(key), .number(amount)]))
            return sum.integer
        } catch let error as RedisError
            where error.code == .refused
            && (error.description.contains("overflow")
                || error.description.contains("not an integer"))
        {
            throw HTTPError.notANumber
        }
    }

    /// `PEXPIRE` or `PERSIST`.
    ///
    /// - Throws: ``RedisError``.
    public func touch(_ key: String, for life: Duration?) async throws -> Bool {
        guard let life else {
            // What has no end stays without one.
            _ = try await client.run(RedisCommand("PERSIST", word(key)))
            return try await client.run(RedisCommand("EXISTS", word(key))).integer == 1
        }
        return try await client.run(RedisCommand("PEXPIRE", word(key), .number(Self.milliseconds(life)))).integer == 1
    }

    /// `UNLINK`.
    ///
    /// - Throws: ``RedisError``.
    public func delete(_ keys: [String]) async throws -> Int {
        guard !keys.isEmpty else { return 0 }
        return try await client.run(RedisCommand(["UNLINK"] + keys.map(word))).integer ?? 0
    }

    /// Looks through all keys of the server (`SCAN`) for those that begin with the prefix: for tests and deployments.
    ///
    /// - Throws: ``RedisError``.
    public func clear() async throws {
        var pattern = ""
        for character in prefix {
            if #"*?[]^\"#.contains(character) { pattern += "\\" }
            pattern.append(character)
        }
        var cursor = "0"
        repeat {
            let answer = try await client.run(
                RedisCommand("SCAN", .text(cursor), "MATCH", .text(pattern + "*"), "COUNT", "1000"))
            guard let parts = answer.elements, parts.count == 2, let next = parts[0].text, let keys = parts[1].elements
            else { throw RedisError.unexpected("SCAN") }
            cursor = next
            let found = keys.compactMap(\.bytes)
            if !found.isEmpty { _ = try await client.run(RedisCommand(["UNLINK"] + found.map { .bytes($0) })) }
        } while cursor != "0"
    }

    private func word(_ key: String) -> RedisCommand.Word { .text(prefix + key) }

    private static func expiry(_ life: Duration?) -> [RedisCommand.Word] {
        life.map { ["PX", .number(milliseconds($0))] } ?? []
    }

    /// At least one, as Redis knows no value that lives for nothing; a hundred years at most.
    static func milliseconds(_ life: Duration) -> Int {
        let (seconds, attoseconds) = life.components
        guard seconds < 3_155_760_000 else { return 3_155_760_000_000 }
        return max(1, Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}

extension RedisError {
    /// An answer that its command does not have.
    static func unexpected(_ command: String) -> RedisError {
        RedisError(.protocolViolation, "the answer of \(command) is none")
    }
}
