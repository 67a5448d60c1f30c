// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import Synchronization

/// The sessions of clients without a WebSocket. While there are some, one task looks each second which are over.
final class SessionTable: Sendable {
    private struct State {
        var sessions: [String: TransportSession] = [:]
        var addresses: [String: Int] = [:]
        var isWatched = false
    }

    private let limits: SocketTransport.Limits
    private let state = Mutex(State())

    init(_ limits: SocketTransport.Limits) {
        self.limits = limits
    }

    var count: Int { state.withLock { $0.sessions.count } }

    /// Adds a session.
    ///
    /// - Throws: ``HTTPError`` 503 `too_many_sessions`, 429 for those of one address.
    func add(_ session: TransportSession, clock: any TimeSource, readiness: Readiness) throws(HTTPError) {
        let mustWatch = try state.withLock { state throws(HTTPError) in
            guard state.sessions.count < limits.sessions else {
                throw HTTPError(.serviceUnavailable, code: "too_many_sessions", headers: [.retryAfter: "5"])
            }
            guard state.addresses[session.address, default: 0] < limits.sessionsPerAddress else {
                throw HTTPError(.tooManyRequests, code: "too_many_sessions", headers: [.retryAfter: "30"])
            }
            state.sessions[session.id] = session
            state.addresses[session.address, default: 0] += 1
            defer { state.isWatched = true }
            return !state.isWatched
        }
        if mustWatch { Task { await watch(clock, readiness) } }
    }

    /// The session of an id, of the one who has opened it.
    ///
    /// - Throws: ``HTTPError`` 404 `no_session` for any other.
    func find(_ id: String?, owner: String) throws(HTTPError) -> TransportSession {
        guard let id, let session = state.withLock({ $0.sessions[id] }), session.owner == owner else {
            throw HTTPError(.notFound, code: "no_session", "there is no such session, or it is over")
        }
        return session
    }

    func remove(_ session: TransportSession) {
        state.withLock { state in
            guard state.sessions.removeValue(forKey: session.id) != nil else { return }
            let left = state.addresses[session.address, default: 1] - 1
            state.addresses[session.address] = left > 0 ? left : nil
        }
    }

    private func watch(_ clock: any TimeSource, _ readiness: Readiness) async {
        while true {
            try? await clock.sleep(for: .seconds(1))
            let sessions = state.withLock { state in
                if state.sessions.isEmpty { state.isWatched = false }
                return state.isWatched ? Array(state.sessions.values) : nil
            }
            guard let sessions else { return }
            for session in sessions {
                if readiness.isDraining {
                    session.close(code: .serviceRestart, reason: "")
                } else if session.isSilent(for: limits.idleTimeout) {
                    session.close(code: .abnormal, reason: "")
                }
                if session.isOver(after: limits.idleTimeout) { remove(session) }
            }
        }
    }
}
