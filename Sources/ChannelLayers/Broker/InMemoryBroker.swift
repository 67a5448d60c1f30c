// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// The broker of a single process: events go straight to the hub, as values, in one order for all.
public struct InMemoryBroker: Broker {
    private let queues: NamedQueues

    /// A broker of its own.
    ///
    /// - Parameters:
    ///   - capacity: events that a named queue holds; Channels' default is 100.
    ///   - expiry: how long an event may wait in a named queue; Channels' default is 60 s.
    public init(capacity: Int = 100, expiry: Duration = .seconds(60), clock: any TimeSource = SystemTime()) {
        queues = NamedQueues(capacity: capacity, expiry: expiry, clock: clock)
    }

    /// At most once, one order for all members of a group, 16 MiB an event, this process only.
    public var capabilities: LayerCapabilities {
        LayerCapabilities(
            delivery: .atMostOnce, order: .totalPerGroup, maxEventBytes: 16 << 20, crossProcess: false, history: false)
    }

    /// Always up.
    public var health: LayerHealth { .up }

    /// Delivers at once.
    public func publish(
        _ event: LayerEvent, to topic: Topic, excluding: ChannelName?, sink: BrokerSink
    ) async throws -> Receipt {
        try post(event, to: topic, excluding: excluding, sink: sink)
    }

    /// Delivers at once.
    public func post(
        _ event: LayerEvent, to topic: Topic, excluding: ChannelName?, sink: BrokerSink
    ) throws -> Receipt {
        var receipt = sink.deliver(event, to: topic, excluding: excluding)
        receipt.processes = 1
        return receipt
    }

    /// Nothing to do: everything published reaches this process.
    public func subscribe(_ topics: [Topic]) async throws {}

    /// Nothing to do.
    public func unsubscribe(_ topics: [Topic]) {}

    /// Puts an event into a named queue.
    public func enqueue(_ event: LayerEvent, in queue: ChannelName) async throws {
        try queues.put(event, in: queue)
    }

    /// Takes the next event of a named queue.
    public func dequeue(_ queue: ChannelName) async throws -> LayerEvent {
        try await queues.take(from: queue)
    }

    /// Forgets all queues.
    public func flush() async throws {
        queues.removeAll()
    }

    /// Ends waiting takers.
    public func shutdown() async {
        queues.close()
    }
}
