// SPDX-License-Identifier: Apache-2.0

import DequeModule

/// Events that wait for somebody, oldest first, with what they have in bytes.
struct Backlog {
    private struct Entry {
        var event: LayerEvent
        var expiry: Duration
    }

    private var entries = Deque<Entry>()
    private var bytes = 0

    var isEmpty: Bool { entries.isEmpty }

    /// Whether one more event is within a budget; a single one always is.
    func fits(_ size: Int, _ budget: InboxBudget) -> Bool {
        entries.isEmpty || entries.count < budget.events && bytes + size <= budget.bytes
    }

    mutating func append(_ event: LayerEvent, _ expiry: Duration) {
        entries.append(Entry(event: event, expiry: expiry))
        bytes += event.byteCount
    }

    mutating func popFirst() -> LayerEvent? {
        guard let entry = entries.popFirst() else { return nil }
        bytes -= entry.event.byteCount
        return entry.event
    }

    /// Drops what is too old.
    ///
    /// - Returns: how many events went.
    mutating func dropExpired(_ now: Duration) -> Int {
        var dropped = 0
        while let first = entries.first, first.expiry < now {
            _ = popFirst()
            dropped += 1
        }
        return dropped
    }

    /// Makes room at the old end.
    ///
    /// - Parameter atLeastOne: whether the oldest goes in any case, if there is one.
    /// - Returns: how many events went.
    mutating func dropOldest(toFit size: Int, _ budget: InboxBudget, atLeastOne: Bool) -> Int {
        var dropped = 0
        while !entries.isEmpty,
            dropped == 0 && atLeastOne || entries.count >= budget.events || bytes + size > budget.bytes
        {
            _ = popFirst()
            dropped += 1
        }
        return dropped
    }

    /// Puts an event in the place of a waiting one of the same type and key.
    ///
    /// - Parameter limit: bytes that may wait then, unless nothing else does.
    /// - Returns: whether there was one, and room.
    mutating func replace(_ event: LayerEvent, _ expiry: Duration, within limit: Int) -> Bool {
        guard let key = event.coalescingKey,
            let index = entries.firstIndex(where: { $0.event.type == event.type && $0.event.coalescingKey == key })
        else { return false }
        let bytesThen = bytes + event.byteCount - entries[index].event.byteCount
        guard bytesThen <= limit || entries.count == 1 else { return false }
        bytes = bytesThen
        entries[index] = Entry(event: event, expiry: expiry)
        return true
    }
}
