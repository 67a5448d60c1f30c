// SPDX-License-Identifier: Apache-2.0

#if Models
import SluiceCommands
public import SluiceCore
import SluiceModels
public import SluiceWeb

/// Sessions in the database (Django's `db`): they survive a restart, are shared by all processes, and can be ended one
/// by one.
public struct DatabaseSessions: SessionStore {
    /// Sessions in the databases of the task that asks.
    public init() {}

    /// A session whose end has not come.
    public func load(_ token: String, at now: WallTime) async throws -> SessionData? {
        let (key, now) = (SessionToken.hash(token), Timestamp(now))
        let row = try await StoredSession.objects.filter { $0.key == key && $0.end > now }.first()
        return row.flatMap { SessionData(encoded: Array($0.data.utf8)) }
    }

    /// Keeps a session.
    ///
    /// - Throws: ``HTTPError`` 500 `session_too_large`; what the database throws.
    public func save(
        _ session: SessionData, as token: String?, at now: WallTime, until end: WallTime
    ) async throws -> String? {
        let (data, end) = (String(decoding: try session.encoded(), as: UTF8.self), Timestamp(end))
        guard let token else {
            let made = SessionToken.make()
            _ = try await StoredSession.objects.create(
                StoredSession(key: SessionToken.hash(made), data: data, end: end))
            return made
        }
        let key = SessionToken.hash(token)
        let count = try await StoredSession.objects.filter { $0.key == key }.update {
            $0.data.set(to: data)
            $0.end.set(to: end)
        }
        return count == 1 ? token : nil
    }

    /// Ends a session.
    public func delete(_ token: String) async throws {
        let key = SessionToken.hash(token)
        _ = try await StoredSession.objects.filter { $0.key == key }.delete()
    }

    /// Forgets what is over.
    public func deleteExpired(at now: WallTime) async throws {
        let now = Timestamp(now)
        _ = try await StoredSession.objects.filter { $0.end <= now }.delete()
    }
}
#endif
