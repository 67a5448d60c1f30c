// SPDX-License-Identifier: Apache-2.0

/// An event that was taken from a named queue.
public struct QueueDelivery: Sendable {
    /// The event.
    public let event: LayerEvent
    /// What the broker knows it by.
    public let id: String
    /// How often it was taken, this time included.
    public let attempt: Int

    /// A delivery.
    public init(event: LayerEvent, id: String, attempt: Int) {
        self.event = event
        self.id = id
        self.attempt = attempt
    }
}

/// What became of an event that was taken under a lease.
public enum QueueOutcome: Sendable, Hashable {
    /// It is done with.
    case done
    /// It comes again after a time, to any taker.
    case retry(after: Duration)
    /// It is put aside, where no taker gets it and somebody can look at it; the broker keeps the last 1,000.
    case setAside
}
