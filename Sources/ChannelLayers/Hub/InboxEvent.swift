// SPDX-License-Identifier: Apache-2.0

/// What a consumer finds in its inbox.
public enum InboxEvent: Sendable {
    /// An event for its channel or one of its groups.
    case event(LayerEvent)
    /// Events that it did not get; comes before the next event.
    case gap(Gap)
    /// The layer's broker is lost or back.
    case health(LayerHealth)
    /// The channel was closed; comes again on every later receive.
    case closed
}

/// Events that a member did not get.
public struct Gap: Sendable, Hashable {
    /// How many, as far as is known.
    public var count: Int
    /// Whether there may be others, or even none at all: the connection to the broker was lost for a while, and the layer
    /// keeps no history that would tell.
    public var isUncertain: Bool

    /// A gap.
    public init(count: Int, isUncertain: Bool = false) {
        self.count = count
        self.isUncertain = isUncertain
    }
}
