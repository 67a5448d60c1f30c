// SPDX-License-Identifier: Apache-2.0

import SluiceCore
public import SluiceWeb

/// What every store that keeps sessions on the server must do: a suite for authors of stores.
///
/// ```swift
/// @Test(arguments: SessionStoreConformance.checks)
/// func conforms(_ check: SessionStoreConformance.Check) async throws { try await check.run(MySessions()) }
/// ```
public enum SessionStoreConformance {
    /// One behaviour.
    public struct Check: Sendable, CustomStringConvertible {
        /// What it checks, in a sentence.
        public let description: String
        private let body: @Sendable (any SessionStore) async throws -> Void

        init(_ description: String, _ body: @escaping @Sendable (any SessionStore) async throws -> Void) {
            self.description = description
            self.body = body
        }

        /// Runs the check.
        ///
        /// - Throws: ``CommunicatorError`` with `unexpected` where the store does something else, and what it throws.
        public func run(_ store: any SessionStore) async throws {
            try await body(store)
        }
    }

    private static let now = WallTime(seconds: 1_000)
    private static let end = WallTime(seconds: 2_000)
    private static let later = WallTime(seconds: 3_000)

    private static func keep(_ data: SessionData, in store: any SessionStore) async throws -> String {
        guard let token = try await store.save(data, as: nil, at: now, until: end) else {
            throw CommunicatorError(.unexpected, "a new session was not kept")
        }
        return token
    }

    private static var data: SessionData {
        var data = SessionData()
        data.values = ["a": "1", "文": #""<b>""#]
        data.expiry = .whenBrowserCloses
        return data
    }

    /// All of them.
    public static let checks = [
        Check("what was kept comes back until its end, and a change moves that") { store in
            let token = try await keep(data, in: store)
            try expect(token.utf8.count >= 43, "a token of 256 bits")
            try expect(try await store.load(token, at: now) == data, "it is kept")
            try expect(try await store.load(token, at: end) == nil, "it is over at its end")
            let other = try await keep(data, in: store)
            var changed = data
            changed.values["a"] = nil
            let kept = try await store.save(changed, as: other, at: now, until: later)
            try expect(kept == other, "the token stays")
            try expect(try await store.load(other, at: end) == changed, "the change is kept, and longer")
            try expect(try await store.load(token, at: now) != changed, "sessions are apart")
        },
        Check("no token but a real one opens anything: not what the store keeps of it, nor any other text") { store in
            let token = try await keep(data, in: store)
            for other in [
                SessionToken.hash(token), "", "*", token + "\u{0}", token.uppercased() + "x", "a\r\nb", "'; drop --",
                String(repeating: "x", count: 100_000),
            ] {
                try expect(try await store.load(other, at: now) == nil, "'\(other.prefix(50))' opens a session")
                try await store.delete(other)
            }
            try expect(try await store.load(token, at: now) == data, "it is still there")
        },
        Check("a session that was ended is not brought back, and one that never was is not begun") { store in
            let token = try await keep(data, in: store)
            try await store.delete(token)
            try await store.delete(token)
            try expect(try await store.save(data, as: token, at: now, until: end) == nil, "it was ended")
            try expect(try await store.load(token, at: now) == nil, "it is not there")
            let made = SessionToken.make()
            try expect(try await store.save(data, as: made, at: now, until: end) == nil, "nobody has begun it")
        },
        Check("forgetting what is over leaves the rest; too large a session is refused") { store in
            let token = try await keep(data, in: store)
            let lasting = try await keep(data, in: store)
            _ = try await store.save(data, as: lasting, at: now, until: later)
            try await store.deleteExpired(at: end)
            try expect(try await store.load(token, at: end) == nil, "it is over")
            try expect(try await store.load(lasting, at: end) == data, "it is not over")
            var large = SessionData()
            large.values = ["a": String(repeating: "x", count: SessionData.byteLimit)]
            do {
                _ = try await store.save(large, as: nil, at: now, until: end)
                try expect(false, "it was kept")
            } catch let error as HTTPError {
                try expect(error.code == "session_too_large", "\(error)")
            }
        },
    ]
}
