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
}
