// SPDX-License-Identifier: Apache-2.0

public import SluiceCore
import Synchronization

/// A channel layer over a broker, with the hub of this process between: the one layer there is, whatever the broker.
public final class BrokeredChannelLayer: ChannelLayer {
    private let broker: any Broker
    private let hub: Hub
    private let process: String
    private let clock: any TimeSource

    /// A layer over a broker.
    ///
    /// - Parameters:
    ///   - broker: what connects the processes; in memory by default.
    ///   - expiry: how long an event may wait for its consumer; Channels' default is 60 s. Expired events are counted
    ///     and told to the consumer as a gap.
    ///   - clock: the application's clock.
    public init(
        broker: any Broker = InMemoryBroker(), expiry: Duration = .seconds(60), clock: any TimeSource = SystemTime()
    ) {
        self.broker = broker
        self.clock = clock
        hub = Hub(clock: clock, expiry: expiry)
        process = randomHex()
    }

    /// The broker's.
    public var capabilities: LayerCapabilities { broker.capabilities }

    /// The broker's.
    public var health: LayerHealth { broker.health }

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
        let emptied = hub.close(inbox)
        if !emptied.isEmpty { broker.unsubscribe(emptied.map(Topic.group)) }
    }

    /// Sends to a channel of this process through the hub, to others through the broker.
    public func send(_ event: LayerEvent, to channel: ChannelName) async throws -> Receipt {
        try channel.validate()
        try checkSize(event)
        guard channel.isLocal else {
            try await broker.enqueue(event, in: channel)
            return Receipt()
        }
        let receipt: Receipt
        if let inbox = hub.inbox(channel), let here = hub.deliver(event, to: inbox) {
            receipt = here
        } else if capabilities.crossProcess, !isOurs(channel) {
            receipt = try await broker.publish(
                event, to: .channel(channel), excluding: nil, sink: BrokerSink(hub: hub))
        } else {
            throw LayerError(.noSuchChannel, "the channel '\(channel)' does not exist, or no longer")
        }
        guard receipt.isComplete else {
            throw LayerError(.channelFull, "the channel '\(channel)' is over its budget")
        }
        return receipt
    }

    /// Takes the next event of a channel.
    public func receive(_ channel: ChannelName) async throws -> LayerEvent {
        try channel.validate()
        guard channel.isLocal else { return try await broker.dequeue(channel) }
        guard let inbox = hub.inbox(channel) else {
            throw LayerError(.noSuchChannel, "the channel '\(channel)' does not exist, or no longer")
        }
        while true {
            switch try await inbox.next() {
            case .event(let event): return event
            case .gap: continue  // counted; a bare channel has no hook to be told
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
        guard let inbox = hub.inbox(channel), let first = hub.join(group, inbox) else {
            throw LayerError(.noSuchChannel, "the channel '\(channel)' is not open in this process")
        }
        if first { try await broker.subscribe([.group(group)]) }
    }

    /// Ends a membership.
    public func groupDiscard(_ group: GroupName, _ channel: ChannelName) async throws {
        try group.validate()
        try channel.validate()
        guard let inbox = hub.inbox(channel) else { return }
        if hub.leave(group, inbox) { broker.unsubscribe([.group(group)]) }
    }

    /// Publishes to a group by the broker.
    public func groupSend(_ group: GroupName, _ event: LayerEvent, excluding: ChannelName?) async throws -> Receipt {
        try group.validate()
        try checkSize(event)
        return try await broker.publish(event, to: .group(group), excluding: excluding, sink: BrokerSink(hub: hub))
    }

    /// Forgets groups, what waits in inboxes, and named queues.
    public func flush() async throws {
        broker.unsubscribe(hub.flush().map(Topic.group))
        try await broker.flush()
    }

    /// Ends all channels, then the broker.
    public func shutdown() async {
        hub.closeAll()
        await broker.shutdown()
    }

    private func isOurs(_ channel: ChannelName) -> Bool {
        channel.rawValue.contains(".\(process)!")
    }

    private func checkSize(_ event: LayerEvent) throws(LayerError) {
        let limit = capabilities.maxEventBytes
        guard event.byteCount <= limit else {
            throw LayerError(
                .messageTooLarge, "the event '\(event.type)' has \(event.byteCount) bytes; the layer carries \(limit)")
        }
    }
}

/// 32 random hex digits, as Python's `uuid4().hex` in Channels' names.
private func randomHex() -> String {
    var random = SystemRandomNumberGenerator()
    return [random.next(), random.next()].map { (half: UInt64) in
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
}
