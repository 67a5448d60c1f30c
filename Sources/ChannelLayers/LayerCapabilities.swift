// SPDX-License-Identifier: Apache-2.0

/// What a layer guarantees: stated by every broker, so that an application can check it at start.
public struct LayerCapabilities: Sendable, Hashable {
    /// How often an accepted event arrives.
    public enum Delivery: Sendable, Hashable {
        /// Once or, when a process or connection fails, not at all.
        case atMostOnce
        /// Once or, within the history's size and age in seconds, again after a failure.
        case atLeastOnce(historySize: Int, seconds: Int)
    }

    /// In which order events of one group arrive.
    public enum Order: Sendable, Hashable {
        /// As each sender sent them.
        case perSender
        /// The same for all members.
        case totalPerGroup
    }

    /// How often an accepted event arrives.
    public var delivery: Delivery
    /// In which order.
    public var order: Order
    /// The largest event, in bytes.
    public var maxEventBytes: Int
    /// Whether members of other processes are reached.
    public var crossProcess: Bool
    /// Whether a group's past events can be read.
    public var history: Bool

    /// All fields.
    public init(delivery: Delivery, order: Order, maxEventBytes: Int, crossProcess: Bool, history: Bool) {
        self.delivery = delivery
        self.order = order
        self.maxEventBytes = maxEventBytes
        self.crossProcess = crossProcess
        self.history = history
    }
}

/// Whether a layer's broker answers.
public enum LayerHealth: Sendable, Hashable {
    /// It does.
    case up
    /// It does not; the reason is for the log.
    case down(reason: String)
}
