// SPDX-License-Identifier: Apache-2.0

/// Where an event went, and where it did not go and why: nothing is dropped silently.
public struct Receipt: Sendable {
    /// Inboxes of this process that took the event.
    public var accepted = 0
    /// Inboxes of this process that did not.
    public var refused = Refusals()
    /// Processes that the broker handed the event to, this one included; `nil` when the broker does not say.
    public var processes: Int?
    /// The event's place in the group's history; `nil` without history.
    public var position: Position?
    /// Whether the broker is away and the event waits in this process for it; ``LayerCapabilities`` says how long.
    public var isQueued = false
    /// Whether an event with the same idempotency key was published before; then this one was not, and
    /// ``position`` is the earlier one's.
    public var isDuplicate = false
    /// Inboxes that the sender waits for (``OverflowPolicy/wait``); none in a receipt that a sender gets.
    var waiting: [Inbox] = []

    /// An event that went nowhere: a group without members.
    public init() {}

    /// Whether every member that is known took the event.
    public var isComplete: Bool { refused.total == 0 }
}

/// Members that did not take an event, by reason.
public struct Refusals: Sendable, Hashable {
    /// The member's inbox was over its budget: its handlers are slower than what comes.
    public var inboxFull = 0
    /// The member's client does not read; it was handled by its overflow policy.
    public var stalled = 0

    /// None.
    public init() {}

    /// All of them.
    public var total: Int { inboxFull + stalled }
}

/// A place in a group's history: `offset` counts within `epoch`, which changes when the history was lost.
public struct Position: Sendable, Hashable, Codable {
    /// The history's identity.
    public var epoch: String
    /// Counts from 1.
    public var offset: UInt64

    /// A place.
    public init(epoch: String, offset: UInt64) {
        self.epoch = epoch
        self.offset = offset
    }
}
