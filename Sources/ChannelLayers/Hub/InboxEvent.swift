// SPDX-License-Identifier: Apache-2.0

/// What a consumer finds in its inbox.
public enum InboxEvent: Sendable {
    /// An event for its channel or one of its groups.
    case event(LayerEvent)
    /// Events that it did not get; comes before the next event.
    case gap(Gap)
    /// The channel was closed; comes again on every later receive.
    case closed
}

/// Events that a member did not get.
public struct Gap: Sendable, Hashable {
    /// How many.
    public var count: Int

    /// A gap.
    public init(count: Int) {
        self.count = count
    }
}
