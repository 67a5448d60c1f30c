// SPDX-License-Identifier: Apache-2.0

public import SluiceCore
import Synchronization

/// A channel layer over a broker, with the hub of this process between: the one layer there is, whatever the broker.
public final class BrokeredChannelLayer: ChannelLayer {
    let broker: any Broker
    let hub: Hub
    /// None where everything that is published reaches this process anyhow.
    let subscriptions: Subscriptions?
    let presencePublisher: PresencePublisher
    let clock: any TimeSource
    private let encodesEvents: Bool
    private let process = randomHex()
    private let maximumAge: Duration
    /// Until when an event may wait that comes now.
    var expiry: Duration { clock.monotonic + maximumAge }
    private var sink: BrokerSink { BrokerSink(hub: hub) }

    /// A layer over a broker.
    ///
    /// - Parameters:
    ///   - broker: what connects the processes; in memory by default.
    ///   - expiry: how long an event may wait for its consumer; Channels' default is 60 s. Expired events are counted
    ///     and told to the consumer as a gap.
    ///   - encodesEvents: whether every event is encoded and decoded again when it is sent, so that one that would not
    ///     survive a broker between processes fails at once, with `notEncodable`, and not in production. `false` by
    ///     default; the layer of `SluiceTesting` does it.
    ///   - clock: the application's clock.
    public init(
        broker: any Broker = InMemoryBroker(), expiry: Duration = .seconds(60), encodesEvents: Bool = false,
        clock: any TimeSource = SystemTime()
    ) {
        self.broker = broker
        self.clock = clock
        self.encodesEvents = encodesEvents
        maximumAge = expiry
        hub = Hub(clock: clock, expiry: expiry)
        subscriptions = broker.capabilities.crossProcess ? Subscriptions(broker, hub) : nil
        let sink = BrokerSink(hub: hub)
        presencePublisher = PresencePublisher(hub.presences, broker, sink, clock)
        broker.attach(sink, process: process)
    }

    /// The broker's.
    public var capabilities: LayerCapabilities { broker.capabilities }

    /// The broker's.
    public var health: LayerHealth { broker.health }

    /// From now on.
    public var healthChanges: AsyncStream<LayerHealth> { hub.health.listen() }

    /// Of this process.
    public var statistics: LayerStatistics { hub.statistics }

    /// Opens a channel named `<prefix>.<process>!<id>`.
    public func open(
        prefix: String = "specific", budget: InboxBudget = InboxBudget(), policy: OverflowPolicy = .disconnect,
        outbox: (any Outbox)? = nil
    ) throws(LayerError) -> Inbox {
        let name = ChannelName(rawValue: "\(prefix).\(process)!\(randomHex())")
        try name.validate()
        let inbox = Inbox(
            name: name, budget: budget, policy: policy, outbox: outbox, clock: clock, counters: hub.counters)
        hub.open(inbox)
        return inbox
    }

    /// Ends a channel at once.
    public func close(_ inbox: Inbox) {
        hub.presences.forget(inbox.name)
        let emptied = hub.close(inbox)
        subscriptions?.release(emptied)
    }

    /// Ends a channel of this process by its name.
    public func closeChannel(_ channel: ChannelName) async throws {
        try channel.validate()
        if let inbox = hub.inbox(channel) { close(inbox) }
    }

    /// Sends to a channel of this process through the hub, to others through the broker.
    public func send(_ event: LayerEvent, to channel: ChannelName) async throws -> Receipt {
        try channel.validate()
        let event = try checked(event)
        guard !broker.isQueue(channel) else {
            try await broker.enqueue(event, in: channel)
            return Receipt()
        }
        var receipt: Receipt
        if let inbox = hub.inbox(channel), let here = hub.deliver(event, to: inbox) {
            receipt = here
        } else if capabilities.crossProcess, !isOurs(channel) {
            receipt = try await broker.publish(
                event, to: .channel(channel), options: PublishOptions(), sink: sink)
            guard receipt.processes != 0 else {
                throw LayerError(.noSuchChannel, "no process has the channel '\(channel)'")
            }
        } else {
            throw LayerError(.noSuchChannel, "the channel '\(channel)' does not exist, or no longer")
        }
        if !receipt.waiting.isEmpty { receipt = try await waitForRoom(event, receipt) }
        guard receipt.isComplete else {
            throw LayerError(.channelFull, "the channel '\(channel)' is over its budget")
        }
        return receipt
    }

    /// Takes the next event of a channel.
    public func receive(_ channel: ChannelName) async throws -> LayerEvent {
        try channel.validate()
        guard !broker.isQueue(channel) else {
            return try await broker.take(from: channel, lease: nil).event
        }
        guard let inbox = hub.inbox(channel) else {
            throw LayerError(.noSuchChannel, "the channel '\(channel)' does not exist, or no longer")
        }
        while true {
            switch try await inbox.next() {
            case .event(let event): return event
            case .gap, .health: continue  // counted; a bare channel has no hook to be told
            case .closed: throw LayerError(.closed, "the channel '\(channel)' was closed")
            }
        }
    }

    /// Makes a channel that is read with ``receive(_:)``.
    public func newChannel(prefix: String) async throws -> ChannelName {
        try open(prefix: prefix).name
    }

    /// Makes a channel of this process a member.
    public func groupAdd(_ group: GroupName, _ channel: ChannelName) async throws {
        try group.validate()
        try channel.validate()
        guard let inbox = hub.inbox(channel), hub.join(group, inbox) else {
            throw LayerError(.noSuchChannel, "the channel '\(channel)' is not open in this process")
        }
        guard let subscriptions else { return }
        do {
            try await subscriptions.ensure(.group(group))
        } catch {
            // A member to whom nothing comes would be worse than none.
            if hub.leave(group, inbox) { subscriptions.release([group]) }
            throw error
        }
    }

    /// Ends a membership.
    public func groupDiscard(_ group: GroupName, _ channel: ChannelName) async throws {
        try group.validate()
        try channel.validate()
        guard let inbox = hub.inbox(channel) else { return }
        if hub.leave(group, inbox) { subscriptions?.release([group]) }
    }

    /// Publishes to a group by the broker.
    public func groupSend(
        _ group: GroupName, _ event: LayerEvent, options: PublishOptions
    ) async throws -> Receipt {
        try group.validate()
        let event = try checked(event)
        let receipt = try await broker.publish(event, to: .group(group), options: options, sink: sink)
        return receipt.waiting.isEmpty ? receipt : try await waitForRoom(event, receipt)
    }

    /// Posts to a group by the broker.
    public func publish(_ group: GroupName, _ event: LayerEvent, excluding: ChannelName?) throws -> Receipt {
        try group.validate()
        let event = try checked(event)
        var receipt = try broker.post(
            event, to: .group(group), options: PublishOptions(excluding: excluding), sink: sink)
        sink.refuseWaiting(&receipt)
        return receipt
    }

    /// Forgets groups, what waits in inboxes, and named queues.
    public func flush() async throws {
        hub.presences.removeAll()
        subscriptions?.release(hub.flush())
        try await broker.flush()
    }

    /// Ends all channels, then the broker.
    public func shutdown() async {
        for inbox in hub.inboxes { close(inbox) }
        try? await presencePublisher.flush()
        hub.health.finish()
        await broker.shutdown()
    }

    /// Offers an event again to inboxes that were full, when they have room, for at most 5 s in all.
    private func waitForRoom(_ event: LayerEvent, _ first: Receipt) async throws -> Receipt {
        var receipt = first
        let waker = Waker()
        let clock = clock
        let limit = Task {
            try await clock.sleep(for: .seconds(5))
            waker.cancel()
        }
        defer {
            limit.cancel()
            waker.cancel()  // where it is still noted, it is forgotten
        }
        try await withTaskCancellationHandler {
            for inbox in first.waiting {
                while true {
                    try Task.checkCancellation()
                    if inbox.hasRoom(for: event, orWake: waker), let here = hub.deliver(event, to: inbox),
                        here.waiting.isEmpty
                    {
                        receipt.accepted += here.accepted
                        receipt.refused.inboxFull += here.refused.inboxFull
                        receipt.refused.stalled += here.refused.stalled
                        break
                    }
                    if inbox.isClosed { break }
                    if waker.isCancelled {
                        inbox.refuse()
                        hub.counters.inboxFull(1)
                        receipt.refused.inboxFull += 1
                        break
                    }
                    await waker.wait()
                }
            }
        } onCancel: {
            waker.cancel()
        }
        receipt.waiting = []
        return receipt
    }

    private func isOurs(_ channel: ChannelName) -> Bool {
        channel.rawValue.contains(".\(process)!")
    }

    /// The event as it is delivered, if the layer carries it.
    private func checked(_ event: LayerEvent) throws(LayerError) -> LayerEvent {
        let limit = capabilities.maxEventBytes
        guard event.byteCount <= limit else {
            throw LayerError(
                .messageTooLarge, "the event '\(event.type)' has \(event.byteCount) bytes; the layer carries \(limit)")
        }
        return encodesEvents ? try event.throughTheWire() : event
    }
}

/// 32 random hex digits, as Python's `uuid4().hex` in Channels' names.
package func randomHex() -> String {
    var random = SystemRandomNumberGenerator()
    return [random.next(), random.next()].map { (half: UInt64) in
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
}
