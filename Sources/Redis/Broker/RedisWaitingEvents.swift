// SPDX-License-Identifier: Apache-2.0

import DequeModule
import NIOCore

/// Events in the order in which they were published.
struct RedisWaitingEvents {
    private var events = Deque<RedisOutgoing>()

    var isEmpty: Bool { events.isEmpty }

    mutating func append(_ event: RedisOutgoing) {
        events.append(event)
    }

    mutating func prepend(_ others: [RedisOutgoing]) {
        events.prepend(contentsOf: others)
    }

    mutating func popFirst() -> RedisOutgoing? {
        events.popFirst()
    }

    mutating func takeAll() -> [RedisOutgoing] {
        defer { events = [] }
        return Array(events)
    }

    /// Takes those whose time is over.
    mutating func takeExpired(_ now: NIODeadline) -> [RedisOutgoing] {
        guard events.contains(where: { $0.deadline < now }) else { return [] }
        let expired = events.filter { $0.deadline < now }
        events.removeAll { $0.deadline < now }
        return Array(expired)
    }

    /// Takes one out, nearly always the first.
    mutating func remove(_ event: RedisOutgoing) {
        if events.first === event {
            events.removeFirst()
        } else {
            events.removeAll { $0 === event }
        }
    }
}
