// SPDX-License-Identifier: Apache-2.0

import Sluice
import Testing

@Suite("Sessions in the database", .timeLimit(.minutes(1)))
struct DatabaseSessionTests {
    private let now = WallTime(seconds: 1_000)
    private let end = WallTime(seconds: 2_000)

    private var data: SessionData {
        var data = SessionData()
        data.values = ["a": "1", "文": #""<b>""#]
        return data
    }

    @Test("What was kept comes back until its end; who is told the key in the table has no token")
    func life() async throws {
        try await withAccounts { _ in
            let store = DatabaseSessions()
            let token = try #require(try await store.save(data, as: nil, at: now, until: end))
            #expect(try await store.load(token, at: now) == data)
            #expect(try await store.load(SessionToken.hash(token), at: now) == nil)
            #expect(try await store.load("'; drop table accounts_session; --", at: now) == nil)
            #expect(try await store.load(token, at: end) == nil)
            var changed = data
            changed.values["a"] = nil
            let later = WallTime(seconds: 3_000)
            #expect(try await store.save(changed, as: token, at: now, until: later) == token)
            #expect(try await store.load(token, at: end) == changed)
            try await store.deleteExpired(at: later)
            #expect(try await store.load(token, at: now) == nil)
        }
    }

    @Test("A session that was deleted is not brought back")
    func deleted() async throws {
        try await withAccounts { _ in
            let store = DatabaseSessions()
            let token = try #require(try await store.save(data, as: nil, at: now, until: end))
            try await store.delete(token)
            try await store.delete(token)
            #expect(try await store.save(data, as: token, at: now, until: end) == nil)
            #expect(try await store.load(token, at: now) == nil)
        }
    }
}
