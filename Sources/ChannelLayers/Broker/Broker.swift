// SPDX-License-Identifier: Apache-2.0

/// What carries events between processes: the part of a channel layer that a backend's author writes.
///
/// A process subscribes once to a topic however many members it has here; the hub does the rest. The first seven
/// members are needed; queues, history and presence have defaults that throw ``LayerError`` with `unsupported`.
/// `ChannelLayerConformance` of `SluiceTesting` checks what is said here.
public protocol Broker: Sendable {
    /// What it guarantees.
    var capabilities: LayerCapabilities { get }

    /// Whether it can be reached.
    var health: LayerHealth { get }

    /// Connects it with a process: called once by the layer, before all else. What comes for the topics that were
    /// subscribed to, and every change of health, goes to the sink.
    ///
    /// - Parameter process: what this process's channels are named after: `specific.<process>!<id>`.
    func attach(_ sink: BrokerSink, process: String)

    /// Hands an event to every process that has subscribed to the topic, this one included, by its ``BrokerSink``.
    ///
    /// - Parameter sink: this process's end.
    /// - Returns: what is known of its way: at least this process's part.
    /// - Throws: ``LayerError`` with `down` or `messageTooLarge`.
    func publish(_ event: LayerEvent, to topic: Topic, options: PublishOptions, sink: BrokerSink) async throws
        -> Receipt

    /// The same without waiting for the broker: hands the event over and says what is known at once.
    ///
    /// What a remote broker answers later is no longer told to the sender, only counted.
    ///
    /// - Throws: ``LayerError`` with `down` or `messageTooLarge`, as far as it is known at once.
    func post(_ event: LayerEvent, to topic: Topic, options: PublishOptions, sink: BrokerSink) throws -> Receipt

    /// Asks for a topic's events; asking again is harmless. Not called where ``LayerCapabilities/crossProcess`` is
    /// `false`: there everything that is published comes anyhow. A broker that is away asks again when it is back, and
    /// calls ``BrokerSink/missed(in:count:)`` for the topics of which it may have lost something.
    func subscribe(_ topics: [Topic]) async throws

    /// Ends subscriptions; not having one is harmless. Never waits and never calls the layer: a broker that is away is
    /// told when it is back.
    func unsubscribe(_ topics: [Topic])

    /// Whether a channel's name is that of a queue that workers share; by default every name without a `!`.
    func isQueue(_ channel: ChannelName) -> Bool

    /// Puts an event into a named queue.
    ///
    /// - Throws: ``LayerError`` with `channelFull` over the queue's capacity.
    func enqueue(_ event: LayerEvent, in queue: ChannelName) async throws

    /// Takes the next event of a named queue; each event goes to one taker.
    ///
    /// - Parameter lease: `nil`: the event is gone with this take (at most once). Otherwise it comes back, to any taker, when
    ///   it is not settled within this time (at least once).
    /// - Throws: ``LayerError`` with `closed`, or `CancellationError`; a cancelled take loses nothing.
    func take(from queue: ChannelName, lease: Duration?) async throws -> QueueDelivery

    /// Says what became of an event that was taken under a lease.
    ///
    /// - Returns: `false` when the lease was over: somebody else has it, or will.
    func settle(_ delivery: QueueDelivery, of queue: ChannelName, as outcome: QueueOutcome) async throws -> Bool

    /// Reads a group's history: what came after a position, oldest first, or nothing but the newest position.
    ///
    /// - Parameters:
    ///   - position: where the reader stands; `nil` asks for the newest position alone.
    ///   - limit: events at most; a page that would be longer is not complete.
    func history(of group: GroupName, since position: Position?, limit: Int) async throws -> HistoryPage

    /// Says which keys this process now stands for; replaces what it said of them before. Members of all processes are
    /// told of changes by a ``PresenceDiff``. What a process said ends by itself some seconds after its death.
    func updatePresence(_ changes: [PresenceChange], sink: BrokerSink) async throws

    /// Who is in a group, in all processes, sorted by key.
    func presence(in group: GroupName) async throws -> [PresenceEntry]

    /// Forgets all queues, histories and presences.
    func flush() async throws

    /// Leaves the broker; waiting takers throw.
    func shutdown() async
}

extension Broker {
    private var unsupported: LayerError {
        LayerError(.unsupported, "\(type(of: self)) cannot do this")
    }

    /// Every name without a `!`.
    public func isQueue(_ channel: ChannelName) -> Bool { !channel.isLocal }
    /// Throws `unsupported`.
    public func enqueue(_ event: LayerEvent, in queue: ChannelName) async throws { throw unsupported }
    /// Throws `unsupported`.
    public func take(from queue: ChannelName, lease: Duration?) async throws -> QueueDelivery { throw unsupported }
    /// Throws `unsupported`.
    public func settle(
        _ delivery: QueueDelivery, of queue: ChannelName, as outcome: QueueOutcome
    ) async throws -> Bool { throw unsupported }
    /// Throws `unsupported`.
    public func history(of group: GroupName, since position: Position?, limit: Int) async throws -> HistoryPage {
        throw unsupported
    }
    /// Throws `unsupported`.
    public func updatePresence(_ changes: [PresenceChange], sink: BrokerSink) async throws { throw unsupported }
    /// Throws `unsupported`.
    public func presence(in group: GroupName) async throws -> [PresenceEntry] { throw unsupported }
    /// Nothing to forget.
    public func flush() async throws {}
}

/// What a broker carries events under.
public enum Topic: Sendable, Hashable {
    /// All members of a group.
    case group(GroupName)
    /// One channel of a process.
    case channel(ChannelName)
    /// Changes of who is in a group.
    case presence(GroupName)
}

/// How an event is published.
public struct PublishOptions: Sendable, Hashable {
    /// A member that does not get it.
    public var excluding: ChannelName?
    /// Of several events of a group with one key within a minute, only the first is published. Needs a history.
    public var idempotencyKey: String?

    /// To all, once for each call.
    public init(excluding: ChannelName? = nil, idempotencyKey: String? = nil) {
        self.excluding = excluding
        self.idempotencyKey = idempotencyKey
    }
}
