// SPDX-License-Identifier: Apache-2.0

/// How much may wait between the layer and one consumer.
public struct InboxBudget: Sendable, Hashable {
    /// Bytes of waiting events; default 8 MiB. One larger event passes when nothing else waits.
    public var bytes: Int
    /// Waiting events; default 4,096.
    public var events: Int

    /// A budget.
    public init(bytes: Int = 8 << 20, events: Int = 4_096) {
        self.bytes = bytes
        self.events = events
    }
}

/// What becomes of layer events for a client that does not read (see ``SluiceCore/OutboxPressure``).
public enum OverflowPolicy: String, Sendable, Hashable, CaseIterable {
    /// The connection is closed with 1013, and the client may come back.
    case disconnect
    /// The oldest waiting event goes; the consumer is told by a gap.
    case dropOldest = "drop-oldest"
    /// The new event goes; the consumer is told by a gap.
    case dropNewest = "drop-newest"
    /// The new event takes the place of a waiting one with the same ``ChannelEvent/coalescingKey``; where none waits,
    /// the oldest event goes. For states of which only the latest counts.
    case coalesce
    /// The sender waits for room, at most 5 s; then the event is refused. A consumer that sends to its own full inbox
    /// waits in vain, since its handler is what does not take.
    case wait
}
