// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The queues of open pages, each bound to its user.
///
/// A queue holds no messages, only how far its page has come: the messages are in the store. So nothing is lost with an
/// answer that did not arrive, what was not acknowledged is simply read again, and a queue that nobody polls costs a
/// hundred bytes until it expires.
final class PollQueues: Sendable {
    /// How long a queue lives after its last poll.
    static let lifetime = Duration.seconds(60)
    /// Queues of one user.
    static let defaultLimitPerUser = 20
    /// Queues of all users.
    static let limit = 50_000

    /// A poll that waits on a queue.
    struct Holder: Sendable {
        var queue: UUID
        var user: String
        var poll: Waker
    }

    private struct Queue {
        /// The page has everything up to this id.
        var acknowledged: Int
        /// When the last poll ended.
        var polled: Duration
        /// The poll that waits now.
        var holder: Waker?

        func isExpired(_ now: Duration) -> Bool { holder == nil && now - polled > PollQueues.lifetime }
    }

    private struct State {
        var users: [String: [UUID: Queue]] = [:]
        var count = 0

        mutating func expire(of user: String, _ now: Duration) {
            for (name, queue) in users[user] ?? [:] where queue.isExpired(now) { remove(name, of: user) }
        }

        mutating func remove(_ name: UUID, of user: String) {
            guard users[user]?.removeValue(forKey: name) != nil else { return }
            count -= 1
            if users[user]?.isEmpty == true { users[user] = nil }
        }
    }

    private let limitPerUser: Int
    private let state = Mutex(State())

    init(limitPerUser: Int = defaultLimitPerUser) {
        self.limitPerUser = limitPerUser
    }

    /// Queues that have not been removed.
    var count: Int { state.withLock { $0.count } }

    /// Makes a queue. A user with too many loses the one that was idle for the longest time; its page, if there still is
    /// one, opens another.
    ///
    /// - Parameter now: monotonic time, as everywhere here.
    /// - Throws: ``HTTPError`` 429 `too_many_queues` when a poll waits on each of them, 503 `overloaded` when there are
    ///   too many in all.
    func open(for user: String, at id: Int, now: Duration) throws(HTTPError) -> UUID {
        try state.withLock { state throws(HTTPError) in
            state.expire(of: user, now)
            if let queues = state.users[user], queues.count >= limitPerUser {
                let idle = queues.filter { $0.value.holder == nil }.min { $0.value.polled < $1.value.polled }
                guard let idle else {
                    throw HTTPError(.tooManyRequests, code: "too_many_queues", "\(user) has too many pages open")
                }
                state.remove(idle.key, of: user)
            }
            if state.count >= Self.limit {
                for user in Array(state.users.keys) { state.expire(of: user, now) }
                guard state.count < Self.limit else {
                    throw HTTPError(.serviceUnavailable, code: "overloaded", "there are too many queues")
                }
            }
            let name = UUID()
            state.users[user, default: [:]][name] = Queue(acknowledged: id, polled: now)
            state.count += 1
            return name
        }
    }

    /// Ends all queues of a user; polls that wait on them answer. A page that still has a session opens another queue.
    func close(of user: String) {
        let waiting = state.withLock { state in
            let queues = state.users.removeValue(forKey: user) ?? [:]
            state.count -= queues.count
            return queues.values.compactMap(\.holder)
        }
        for poll in waiting { poll.wake() }
    }

    /// Begins a poll; one that waits on the same queue is woken, finds that it is not the holder any more, and answers.
    ///
    /// - Parameter after: the id up to which messages are acknowledged; `nil` for as far as they were.
    /// - Returns: that id; `nil` when the user has no such queue (any more).
    func begin(_ holder: Holder, after id: Int?, now: Duration) -> Int? {
        let (after, older) = state.withLock { state -> (Int?, Waker?) in
            guard var queue = state.users[holder.user]?[holder.queue] else { return (nil, nil) }
            guard !queue.isExpired(now) else {
                state.remove(holder.queue, of: holder.user)
                return (nil, nil)
            }
            let older = queue.holder
            queue.acknowledged = id ?? queue.acknowledged
            queue.holder = holder.poll
            state.users[holder.user]?[holder.queue] = queue
            return (queue.acknowledged, older)
        }
        older?.wake()
        return after
    }

    /// Whether no younger poll has taken the queue over.
    func isHeld(by holder: Holder) -> Bool {
        state.withLock { $0.users[holder.user]?[holder.queue]?.holder === holder.poll }
    }

    /// Ends a poll; the queue's time begins to run, unless a younger poll waits on it.
    func end(_ holder: Holder, now: Duration) {
        state.withLock { state in
            guard var queue = state.users[holder.user]?[holder.queue], queue.holder === holder.poll else { return }
            queue.holder = nil
            queue.polled = now
            state.users[holder.user]?[holder.queue] = queue
        }
    }
}
