// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
public import SluiceCore
import Synchronization

/// What is kept of a visitor from one request to the next (Django's `request.session`).
///
/// It is read from its store when it is first asked for, and saved when the response begins, if it was changed and the
/// response is no server error. A socket saves by ``save()``, as Channels' does. A token that the store does not know is
/// never taken over: a session begins with a token of our own (no session fixation).
///
/// Values of one session that are changed by two requests at once: the last one saved counts, as in Django.
public final class Session: Sendable {
    struct State {
        var token: String?
        var data: SessionData?
        var isModified = false
        /// A token that the browser has and that means nothing any more.
        var retired: String?
        /// What was saved last: a response that has not begun yet tells the browser.
        var saved: Saved?

        /// Whether the browser's cookie, if it has one, stands for nothing.
        var isEmptyInBrowser: Bool { token == nil && data?.isEmpty ?? false }
    }

    struct Saved {
        let token: String
        /// `nil`: when the browser is closed.
        let end: WallTime?
        let now: WallTime
    }

    let state: Mutex<State>
    let store: any SessionStore
    let age: Duration
    private let clock: any TimeSource

    /// The session of a token; `nil` for a visitor who brings none.
    public init(_ token: String?, in store: any SessionStore, age: Duration, clock: any TimeSource) {
        state = Mutex(State(token: token))
        self.store = store
        self.age = age
        self.clock = clock
    }

    /// A value; `nil` when there is none, or it is of another type.
    ///
    /// - Throws: what the store throws.
    public subscript<Value>(key: SessionKey<Value>) -> Value? {
        get async throws {
            guard let text = try await data().values[key.name] else { return nil }
            return try? JSONDecoder().decode(Value.self, from: Data(text.utf8))
        }
    }

    /// Sets a value; `nil` removes it.
    ///
    /// - Throws: what the store throws; `EncodingError` for a value that JSON cannot hold.
    public func set<Value>(_ key: SessionKey<Value>, to value: Value?) async throws {
        let text = try value.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        try await change { data in
            guard data.values[key.name] != text else { return false }
            data.values[key.name] = text
            return true
        }
    }

    /// Takes a value out (Django's `pop`).
    public func take<Value>(_ key: SessionKey<Value>) async throws -> Value? {
        let value = try await self[key]
        try await set(key, to: nil)
        return value
    }

    /// Whether nothing is kept.
    public var isEmpty: Bool {
        get async throws { try await data().isEmpty }
    }

    /// How long it lasts from now on; `nil`: as the settings say.
    public func setExpiry(_ expiry: SessionExpiry?) async throws {
        try await change { data in
            data.expiry = expiry
            return true
        }
    }

    /// Has it saved though no value changed, so that its time begins anew.
    public func touch() async throws {
        try await change { _ in true }
    }

    /// Gives the same values a new token; the old one means nothing any more (Django's `cycle_key`). For every change
    /// of rights, such as a sign-in.
    public func cycleToken() async throws {
        _ = try await data()
        state.withLock { state in
            if let token = state.token { state.retired = token }
            state.token = nil
            state.isModified = true
        }
    }

    /// Ends the session: its values are gone, at once in the store too (Django's `flush`).
    public func flush() async throws {
        let token = state.withLock { state in
            defer { state = State(data: SessionData()) }
            return state.token ?? state.retired
        }
        if let token { try await store.delete(token) }
    }

    /// Saves what was changed, now: for sockets, whose response is over. A response that begins later has the cookie.
    ///
    /// - Throws: what the store throws; ``HTTPError`` 400 `session_interrupted` when the session was ended meanwhile,
    ///   and 500 `session_too_large`.
    public func save() async throws {
        let (data, token, retired) = state.withLock { state -> (SessionData?, String?, String?) in
            guard state.isModified else { return (nil, nil, nil) }
            state.isModified = false
            return (state.data, state.token, state.retired)
        }
        guard let data, !data.isEmpty || token != nil else { return }
        let now = clock.now
        let expiry = data.expiry ?? .after(seconds: age.components.seconds)
        let end = expiry.end(savedAt: now, age: age)
        let kept: String?
        do {
            kept = try await store.save(data, as: token, at: now, until: end)
        } catch {
            state.withLock { $0.isModified = true }
            throw error
        }
        guard let kept else {
            throw HTTPError(.badRequest, code: "session_interrupted", "the session was ended before it was saved")
        }
        if let retired { try await store.delete(retired) }
        state.withLock { state in
            state.token = kept
            state.retired = nil
            state.saved = Saved(token: kept, end: expiry == .whenBrowserCloses ? nil : end, now: now)
        }
    }

    /// Whether the visitor has brought, or been given, a token; it may be worth nothing.
    var hasToken: Bool { state.withLock { $0.token != nil } }

    /// What names this session in groups, logs and audits, without being worth anything to who reads it; `nil` for a
    /// visitor without one.
    public var publicName: String? {
        state.withLock { $0.token }.map { SessionToken.hash($0) }
    }

    // MARK: The store

    /// The values, from the store when they are first asked for.
    private func data() async throws -> SessionData {
        let (known, token) = state.withLock { ($0.data, $0.token) }
        if let known { return known }
        let loaded = if let token { try await store.load(token, at: clock.now) } else { SessionData?.none }
        return state.withLock { state in
            // Another task may have been faster.
            if let data = state.data { return data }
            if loaded == nil {
                state.retired = state.token
                state.token = nil
            }
            let data = loaded ?? SessionData()
            state.data = data
            return data
        }
    }

    private func change(_ body: (inout SessionData) -> Bool) async throws {
        _ = try await data()
        state.withLock { state in
            var data = state.data ?? SessionData()
            guard body(&data) else { return }
            state.data = data
            state.isModified = true
        }
    }
}
