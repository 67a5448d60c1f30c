// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One poll, from its request to its answer.
final class HeldPoll: Sendable {
    /// Seconds that a poll may wait.
    static let timeouts = 1...30
    static let defaultTimeout = 10

    private let scope: Scope
    private let receive: Receive<HTTP>
    private let polls: LongPolls
    private let holder: PollQueues.Holder
    private let after: Int
    private let deadline: Duration
    private let stopping: Readiness

    private var clock: any TimeSource { scope.connection.clock }

    /// Reads a request and takes its queue.
    ///
    /// - Throws: ``HTTPError``: 422 `bad_number`, 410 `queue_gone`.
    init(_ scope: Scope, _ receive: Receive<HTTP>) throws {
        guard scope.method == .get else {
            throw HTTPError(.methodNotAllowed, "a poll is a GET", headers: [.allow: "GET"])
        }
        let request = Request(scope: scope, receive: receive)
        let timeout = try request.number("timeout", in: Self.timeouts) ?? Self.defaultTimeout
        let acknowledged = try request.after
        let now = scope.connection.clock.monotonic
        polls = try scope.longPolls
        guard let queue = UUID(uuidString: try request.query["queue"] ?? "") else { throw Self.gone }
        holder = PollQueues.Holder(queue: queue, user: scope.user.name, poll: Waker())
        guard let after = polls.queues.begin(holder, after: acknowledged, now: now) else { throw Self.gone }
        self.after = after
        self.scope = scope
        self.receive = receive
        deadline = now + .seconds(timeout)
        stopping = scope.state[Readiness.self]
        // From here on the waker is woken by whatever changes, and keeps a wake-up that comes before the wait.
        polls.feed.held.enter(holder.poll, until: deadline, clock: clock, stopping: stopping)
    }

    /// Returns at a message behind the id, at the end of the time, at a younger poll on the same queue, and when the
    /// client has gone or the server is about to.
    ///
    /// A cancelled task is not looked for: a server cancels only what has not ended by itself after its client went.
    func wait() async {
        while !isOver() {
            if receive.source.arm(holder.poll) { await holder.poll.wait() }
        }
        polls.feed.held.leave(holder.poll)
        polls.queues.end(holder, now: clock.monotonic)
    }

    /// Sends what there is to tell: messages, or none.
    func answer(to send: Send<HTTP>) async throws {
        var response = Response.json(
            polls.feed.lastID > after ? try await polls.feed.news(after: after) : try await nothing())
        response.headers[.cacheControl] = "no-store"
        try await response.send(to: send, answering: scope.method)
    }

    @inline(never)
    private func isOver() -> Bool {
        polls.feed.lastID > after || hasClientGone || clock.monotonic >= deadline || stopping.isDraining
            || !polls.queues.isHeld(by: holder)
    }

    /// What the client sends as a body is of no interest.
    private var hasClientGone: Bool {
        while let event = receive.source.poll() {
            if case .disconnect = event { return true }
        }
        return false
    }

    /// An id that never was is answered with the last one there is, so that its client does not wait for ever.
    private func nothing() async throws -> ByteBuffer {
        let lastID = try await scope.chatRooms.store.lastID(of: Polling.room)
        return try News(messages: [], lastId: min(after, lastID)).json
    }

    private static let gone = HTTPError(.gone, code: "queue_gone", "there is no such queue (any more)")
}
