// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Sluice
import Testing

@testable import Example

@Suite("The queues of open pages")
struct PollQueueTests {
    private func poll(_ queue: UUID) -> PollQueues.Holder {
        PollQueues.Holder(queue: queue, user: "user1", poll: Waker())
    }

    @Test("the queue that was idle for longest makes room; when a poll waits on each, no more are opened")
    func perUser() throws {
        let queues = PollQueues(limitPerUser: 3)
        let names = try (0..<3).map { try queues.open(for: "user1", at: 0, now: .seconds($0)) }
        #expect(queues.begin(poll(names[0]), after: nil, now: .seconds(3)) == 0)
        let fourth = try queues.open(for: "user1", at: 7, now: .seconds(4))
        #expect(queues.count == 3)
        #expect(queues.begin(poll(names[1]), after: nil, now: .seconds(4)) == nil)
        #expect(queues.begin(poll(names[2]), after: nil, now: .seconds(4)) == 0)
        #expect(queues.begin(poll(fourth), after: nil, now: .seconds(4)) == 7)
        let error = #expect(throws: HTTPError.self) { _ = try queues.open(for: "user1", at: 0, now: .seconds(5)) }
        #expect(error?.status == .tooManyRequests && error?.code == "too_many_queues")
        _ = try queues.open(for: "user2", at: 0, now: .seconds(5))
    }

    @Test("over the limit for all, only expired queues make room")
    func inAll() throws {
        let queues = PollQueues()
        for user in 0..<PollQueues.limit / 20 {
            for _ in 0..<20 { _ = try queues.open(for: "user\(user)", at: 0, now: .zero) }
        }
        let error = #expect(throws: HTTPError.self) { _ = try queues.open(for: "late", at: 0, now: .seconds(60)) }
        #expect(error?.status == .serviceUnavailable)
        _ = try queues.open(for: "late", at: 0, now: .seconds(61))
        #expect(queues.count == 1)
    }

    @Test("a queue does not expire while a poll waits, and lives 60 s behind its end")
    func expiry() throws {
        let queues = PollQueues()
        let name = try queues.open(for: "user1", at: 5, now: .zero)
        let holder = poll(name)
        #expect(queues.begin(holder, after: 6, now: .seconds(60)) == 6)
        _ = try queues.open(for: "user1", at: 5, now: .seconds(600))
        #expect(queues.isHeld(by: holder))
        queues.end(holder, now: .seconds(600))
        #expect(!queues.isHeld(by: holder))
        #expect(queues.begin(poll(name), after: nil, now: .seconds(660)) == 6)
    }

    @Test("the end of an older poll does not end the younger one")
    func overtaken() throws {
        let queues = PollQueues()
        let name = try queues.open(for: "user1", at: 0, now: .zero)
        let older = poll(name)
        let younger = poll(name)
        _ = queues.begin(older, after: nil, now: .zero)
        _ = queues.begin(younger, after: nil, now: .zero)
        #expect(!queues.isHeld(by: older))
        queues.end(older, now: .zero)
        #expect(queues.isHeld(by: younger))
    }
}
