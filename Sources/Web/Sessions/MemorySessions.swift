// SPDX-License-Identifier: Apache-2.0

public import SluiceCore
import Synchronization

/// Sessions in the memory of one process: for tests and single servers; a restart ends them all.
///
/// Over the limit the session that ends first goes.
public final class MemorySessions: SessionStore {
    /// The most sessions when nothing else is said.
    public static let defaultLimit = 100_000

    private struct Kept {
        var data: SessionData
        var end: WallTime
    }

    private let limit: Int
    private let sessions = Mutex<[String: Kept]>([:])

    /// An empty store.
    ///
    /// - Parameter limit: the most sessions, at least one.
    public init(limit: Int = MemorySessions.defaultLimit) {
        self.limit = max(1, limit)
    }

    /// How many sessions are kept, ended ones that nobody has asked for included.
    public var count: Int { sessions.withLock { $0.count } }

    /// A session whose end has not come.
    public func load(_ token: String, at now: WallTime) async -> SessionData? {
        let key = SessionToken.hash(token)
        return sessions.withLock { sessions in
            guard let kept = sessions[key] else { return nil }
            if kept.end > now { return kept.data }
            sessions[key] = nil
            return nil
        }
    }

    /// Keeps a session.
    ///
    /// - Throws: ``HTTPError`` 500 `session_too_large`.
    public func save(
        _ session: SessionData, as token: String?, at now: WallTime, until end: WallTime
    ) async throws -> String? {
        _ = try session.encoded()
        let used = token ?? SessionToken.make()
        let key = SessionToken.hash(used)
        return sessions.withLock { sessions in
            if token != nil, sessions[key] == nil { return nil }
            if token == nil, sessions.count >= limit { Self.makeRoom(&sessions, at: now) }
            sessions[key] = Kept(data: session, end: end)
            return used
        }
    }

    /// Ends a session.
    public func delete(_ token: String) async {
        let key = SessionToken.hash(token)
        sessions.withLock { $0[key] = nil }
    }

    /// Forgets what is over.
    public func deleteExpired(at now: WallTime) async {
        sessions.withLock { sessions in sessions = sessions.filter { $0.value.end > now } }
    }

    private static func makeRoom(_ sessions: inout [String: Kept], at now: WallTime) {
        let before = sessions.count
        sessions = sessions.filter { $0.value.end > now }
        // A sixteenth at once, so that a full store does not look through all for each new session.
        guard sessions.count == before else { return }
        let soonest = sessions.sorted { $0.value.end < $1.value.end }.prefix(max(1, before / 16))
        for (key, _) in soonest { sessions[key] = nil }
    }
}
