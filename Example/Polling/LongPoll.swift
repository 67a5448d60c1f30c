// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `/home/poll/`: answers when there is something new, or when the time is over.
///
/// An application and not a view, because it must see its client go: while it waits it listens to the connection's
/// events. What a held poll costs is its request's own task, parked.
struct LongPoll: Application {
    /// Seconds that a poll may wait.
    static let timeouts = 1...30
    static let defaultTimeout = 10

    func callAsFunction(scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>) async throws {
        guard scope.method == .get else {
            throw HTTPError(.methodNotAllowed, "a poll is a GET", headers: [.allow: "GET"])
        }
        let request = Request(scope: scope, receive: receive)
        let timeout = try request.number("timeout", in: Self.timeouts) ?? Self.defaultTimeout
        let acknowledged = try request.after
        let polls = try scope.longPolls
        let poll = Waker()
        guard let queue = UUID(uuidString: try request.query["queue"] ?? ""),
            let after = polls.queues.begin(
                queue, of: scope.user.name, after: acknowledged, by: poll, now: scope.connection.clock.monotonic)
        else { throw HTTPError(.gone, code: "queue_gone", "there is no such queue (any more)") }
        let holder = PollQueues.Holder(queue: queue, user: scope.user.name, poll: poll)
        let hasNews = await wait(for: after, .seconds(timeout), as: holder, polls, scope, receive)
        let news = hasNews ? try await polls.feed.news(after: after) : try await nothing(after: after, scope)
        var response = Response.json(news)
        response.headers[.cacheControl] = "no-store"
        // To a client that has gone it goes nowhere, and throws.
        try await response.send(to: send, answering: scope.method)
    }

    /// Waits for a message behind an id, the end of the time, a younger poll on the same queue, the client's going, or
    /// the server's.
    ///
    /// - Returns: whether there is a message.
    private func wait(
        for after: Int, _ timeout: Duration, as holder: PollQueues.Holder, _ polls: LongPolls, _ scope: Scope,
        _ receive: Receive<HTTP>
    ) async -> Bool {
        let (poll, clock, stopping) = (holder.poll, scope.connection.clock, scope.state[Readiness.self])
        let deadline = clock.monotonic + timeout
        // From here on the waker is woken for whatever changes, and keeps a wake-up that comes while nobody waits.
        polls.feed.held.enter(poll, until: deadline, clock: clock, stopping: stopping)
        defer {
            polls.feed.held.leave(poll)
            polls.queues.end(holder, now: clock.monotonic)
        }
        return await withTaskCancellationHandler {
            while polls.feed.lastID <= after {
                let isOver =
                    hasGone(receive) || poll.isCancelled || clock.monotonic >= deadline || stopping.isDraining
                    || !polls.queues.isHeld(by: holder)
                if isOver { return false }
                if receive.source.arm(poll) { await poll.wait() }
            }
            return true
        } onCancel: {
            poll.cancel()
        }
    }

    /// Whether the client has gone; what it sent as a body is of no interest.
    private func hasGone(_ receive: Receive<HTTP>) -> Bool {
        while let event = receive.source.poll() {
            if case .disconnect = event { return true }
        }
        return false
    }

    private func nothing(after id: Int, _ scope: Scope) async throws -> ByteBuffer {
        // An id that never was is answered with the last one there is, so that its client does not wait for ever.
        let lastID = try await scope.chatRooms.store.lastID(of: Polling.room)
        return try News(messages: [], lastId: min(id, lastID)).json
    }
}
