// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// How parts of an application talk to each other, in one process or many: Channels' channel layer.
///
/// A consumer reaches it as `channelLayer`; views, commands, workers and lifespan hooks through
/// `state.channelLayer("default")`. A broken broker throws or is told in the receipt; it never closes a socket.
public protocol ChannelLayer: Sendable {
    /// What the layer guarantees.
    var capabilities: LayerCapabilities { get }

    /// Whether its broker answers.
    var health: LayerHealth { get }

    /// Tells when the broker is lost or back, from now on; ends when the layer is shut down.
    var healthChanges: AsyncStream<LayerHealth> { get }

    /// What it holds and has done in this process.
    var statistics: LayerStatistics { get }

    /// Opens a channel of this process. The inbox receives what is sent to its name and to the groups it joins,
    /// until ``close(_:)``.
    func open(prefix: String, budget: InboxBudget, policy: OverflowPolicy, outbox: (any Outbox)?) throws(LayerError)
        -> Inbox

    /// Ends a channel: memberships are gone at once, and what waits in the inbox is discarded.
    func close(_ inbox: Inbox)

    /// Sends an event to one channel.
    ///
    /// - Throws: ``LayerError``: `channelFull` (named channels hold 100 events by default), `noSuchChannel`,
    ///   `messageTooLarge`, `down`, `invalidName`.
    @discardableResult
    func send(_ event: LayerEvent, to channel: ChannelName) async throws -> Receipt

    /// Takes the next event of a channel: of a named one (workers), or of one made by ``newChannel(prefix:)``.
    ///
    /// - Throws: ``LayerError``, or `CancellationError`; a cancelled receive loses nothing.
    func receive(_ channel: ChannelName) async throws -> LayerEvent

    /// Takes the next event of a named channel, under a lease where one is given: see ``Worker``, which does all of it.
    ///
    /// - Parameter lease: `nil`: the event is gone with this take. Otherwise it comes back when it is not settled in time.
    /// - Throws: ``LayerError``, or `CancellationError`; a cancelled take loses nothing.
    func take(from queue: ChannelName, lease: Duration?) async throws -> QueueDelivery

    /// Says what became of a taken event.
    ///
    /// - Returns: `false` when its lease was over.
    func settle(_ delivery: QueueDelivery, of queue: ChannelName, as outcome: QueueOutcome) async throws -> Bool

    /// Makes a channel of this process that is read with ``receive(_:)``, until ``closeChannel(_:)``.
    func newChannel(prefix: String) async throws -> ChannelName

    /// Ends a channel of this process by its name, such as one made by ``newChannel(prefix:)``: memberships are gone at
    /// once, and waiting receives throw. No error where there is none.
    func closeChannel(_ channel: ChannelName) async throws

    /// Makes a channel a member of a group. Joining twice is joining once.
    func groupAdd(_ group: GroupName, _ channel: ChannelName) async throws

    /// Makes a channel a member of a group and gives what it has missed since a position (``LayerEvent/position`` of the
    /// last event it knows, or the one of an earlier page). Live events follow exactly where the page ends.
    ///
    /// - Parameter position: `nil` for a new member, which gets no events but where it stands.
    /// - Throws: ``LayerError``: `unsupported` where the layer keeps no history, and as ``groupAdd(_:_:)``.
    func groupAdd(_ group: GroupName, _ channel: ChannelName, since position: Position?) async throws -> HistoryPage

    /// Reads a group's history without joining.
    ///
    /// - Parameters:
    ///   - position: `nil` for where the history stands now.
    ///   - limit: events at most; a page that would be longer is empty and not complete.
    /// - Throws: ``LayerError``: `unsupported`, `down`, `invalidName`.
    func history(_ group: GroupName, since position: Position?, limit: Int) async throws -> HistoryPage

    /// Ends a membership; not being a member is no error.
    func groupDiscard(_ group: GroupName, _ channel: ChannelName) async throws

    /// Sends an event to all members of a group, the sender's own channel included.
    ///
    /// - Parameter options: a member that does not get it; a key under which it is sent once.
    /// - Throws: ``LayerError``: `messageTooLarge`, `down`, `invalidName`. A full or stalled member is no error: it is
    ///   in the receipt.
    @discardableResult
    func groupSend(_ group: GroupName, _ event: LayerEvent, options: PublishOptions) async throws -> Receipt

    /// Sends an event to all members of a group without waiting for the broker: for code that cannot wait.
    ///
    /// A full member under ``OverflowPolicy/wait`` does not get it. What a remote broker answers is counted, not told.
    ///
    /// - Throws: ``LayerError``, as far as it is known at once.
    @discardableResult
    func publish(_ group: GroupName, _ event: LayerEvent, excluding: ChannelName?) throws -> Receipt

    /// Says that a channel stands for a key (a user, say) in a group, until it is untracked or closed.
    ///
    /// Tracking again changes key and metadata. Members with a handler for ``PresenceDiff`` are told of changes.
    ///
    /// - Parameter metadata: what others should know about this channel, at most 4 KiB.
    /// - Throws: ``LayerError``: `noSuchChannel`, `invalidName`, `messageTooLarge`.
    func track(_ group: GroupName, _ channel: ChannelName, key: String, metadata: [String: String]) async throws

    /// Ends a presence; not having one is no error.
    func untrack(_ group: GroupName, _ channel: ChannelName) async throws

    /// Who is in a group, sorted by key.
    func presence(_ group: GroupName) async throws -> [PresenceEntry]

    /// Forgets all groups and all waiting events. For tests.
    func flush() async throws

    /// Ends the layer: waiting receives throw, brokers are left.
    func shutdown() async
}

extension ChannelLayer {
    /// Sends an event to one channel; see ``ChannelLayer/send(_:to:)``.
    @discardableResult
    public func send<Event: ChannelEvent>(_ event: Event, to channel: ChannelName) async throws -> Receipt {
        try await send(LayerEvent(event), to: channel)
    }

    /// Sends an event to all members of a group; see ``ChannelLayer/groupSend(_:_:options:)``.
    @discardableResult
    public func groupSend(
        _ group: GroupName, _ event: LayerEvent, excluding: ChannelName?
    ) async throws -> Receipt {
        try await groupSend(group, event, options: PublishOptions(excluding: excluding))
    }

    /// Sends an event to all members of a group; see ``ChannelLayer/groupSend(_:_:options:)``.
    ///
    /// - Parameter idempotencyKey: of several events with one key within a minute only the first is sent; needs a history.
    @discardableResult
    public func groupSend<Event: ChannelEvent>(
        _ group: GroupName, _ event: Event, excluding: ChannelName? = nil, idempotencyKey: String? = nil
    ) async throws -> Receipt {
        try await groupSend(
            group, LayerEvent(event), options: PublishOptions(excluding: excluding, idempotencyKey: idempotencyKey))
    }

    /// Sends an event to all members of a group without waiting; see ``ChannelLayer/publish(_:_:excluding:)``.
    @discardableResult
    public func publish<Event: ChannelEvent>(
        _ group: GroupName, _ event: Event, excluding: ChannelName? = nil
    ) throws -> Receipt {
        try publish(group, LayerEvent(event), excluding: excluding)
    }

    /// Makes a channel of this process, named `specific.<process>!<id>`.
    public func newChannel() async throws -> ChannelName {
        try await newChannel(prefix: "specific")
    }
}
