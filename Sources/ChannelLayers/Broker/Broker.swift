// SPDX-License-Identifier: Apache-2.0

/// What carries events between processes: the part of a channel layer that a backend's author writes.
///
/// A process subscribes once to a topic however many members it has here; the hub does the rest. Topics are groups and
/// single channels of a process; queues are named channels that workers of any process share.
public protocol Broker: Sendable {
    /// What it guarantees.
    var capabilities: LayerCapabilities { get }

    /// Whether it can be reached.
    var health: LayerHealth { get }

    /// Hands an event to every process that has subscribed to the topic, this one included, by its ``BrokerSink``.
    ///
    /// - Parameter sink: this process's end.
    /// - Returns: what is known of its way: at least this process's part.
    /// - Throws: ``LayerError`` with `down` or `messageTooLarge`.
    func publish(_ event: LayerEvent, to topic: Topic, excluding: ChannelName?, sink: BrokerSink) async throws
        -> Receipt

    /// The same without waiting for the broker: hands the event over and says what this process's members took.
    ///
    /// What a remote broker answers later is no longer told to the sender, only counted.
    ///
    /// - Throws: ``LayerError`` with `down` or `messageTooLarge`, as far as it is known at once.
    func post(_ event: LayerEvent, to topic: Topic, excluding: ChannelName?, sink: BrokerSink) throws -> Receipt

    /// Asks for a topic's events; asking again is harmless. Not called where ``LayerCapabilities/crossProcess`` is
    /// `false`: there everything that is published is this process's own.
    func subscribe(_ topics: [Topic]) async throws

    /// Ends subscriptions; not having one is harmless. Never waits and never calls the layer: a broker that is away is
    /// told when it is back.
    func unsubscribe(_ topics: [Topic])

    /// Puts an event into a named queue.
    ///
    /// - Throws: ``LayerError`` with `channelFull` over the queue's capacity.
    func enqueue(_ event: LayerEvent, in queue: ChannelName) async throws

    /// Takes the next event of a named queue; each event goes to one taker.
    ///
    /// - Throws: ``LayerError`` with `closed`, or `CancellationError`; a cancelled take loses nothing.
    func dequeue(_ queue: ChannelName) async throws -> LayerEvent

    /// Forgets all queues.
    func flush() async throws

    /// Leaves the broker; waiting takers throw.
    func shutdown() async
}

/// What a broker carries events under.
public enum Topic: Sendable, Hashable {
    /// All members of a group.
    case group(GroupName)
    /// One channel of a process.
    case channel(ChannelName)
}

/// This process's end of a broker: hands what came to the members that are here.
public struct BrokerSink: Sendable {
    let hub: Hub

    /// Hands an event to this process's members of a topic, and says what they took.
    public func deliver(_ event: LayerEvent, to topic: Topic, excluding: ChannelName? = nil) -> Receipt {
        switch topic {
        case .group(let name): hub.deliver(event, to: name, excluding: excluding)
        case .channel(let name): hub.inbox(name).flatMap { hub.deliver(event, to: $0) } ?? Receipt()
        }
    }
}
