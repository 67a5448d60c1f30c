// SPDX-License-Identifier: Apache-2.0

public import SluiceCore
import Synchronization

/// The broker of a single process: events go straight to the hub, as values, in one order for all.
///
/// Several layers over one of them are like several processes: for tests.
public final class InMemoryBroker: Broker {
    private let queues: NamedQueues
    private let logs: GroupLogs?
    private let board = PresenceBoard()
    private let policy: HistoryPolicy?
    private let sinks = Mutex<[BrokerSink]>([])
    /// How many there are, so that the one layer of an application needs no lock.
    private let sinkCount = Atomic<Int>(0)

    /// A broker of its own.
    ///
    /// - Parameters:
    ///   - capacity: events that a named queue holds; Channels' default is 100.
    ///   - expiry: how long an event may wait in a named queue; Channels' default is 60 s.
    ///   - history: how much of each group is remembered; default nothing.
    public init(
        capacity: Int = 100, expiry: Duration = .seconds(60), history: HistoryPolicy? = nil,
        clock: any TimeSource = SystemTime()
    ) {
        queues = NamedQueues(capacity: capacity, expiry: expiry, clock: clock)
        policy = history
        logs = history.map { GroupLogs($0, clock: clock) }
    }

    /// One order for all members of a group, 16 MiB an event, this process only; at least once within the history.
    public var capabilities: LayerCapabilities {
        LayerCapabilities(
            delivery: policy.map { .atLeastOnce(historySize: $0.size, seconds: $0.seconds) } ?? .atMostOnce,
            order: .totalPerGroup, maxEventBytes: 16 << 20, crossProcess: false, history: logs != nil)
    }

    /// Always up.
    public var health: LayerHealth { .up }

    /// Adds a layer.
    public func attach(_ sink: BrokerSink, process: String) {
        sinks.withLock { $0.append(sink) }
        sinkCount.add(1, ordering: .releasing)
    }

    /// Delivers at once.
    public func publish(
        _ event: LayerEvent, to topic: Topic, options: PublishOptions, sink: BrokerSink
    ) async throws -> Receipt {
        try post(event, to: topic, options: options, sink: sink)
    }

    /// Delivers at once.
    public func post(
        _ event: LayerEvent, to topic: Topic, options: PublishOptions, sink: BrokerSink
    ) throws -> Receipt {
        if let logs, case .group(let group) = topic {
            return logs.log(of: group).append(event, key: options.idempotencyKey) { event in
                deliver(event, to: topic, options, sink)
            }
        }
        return deliver(event, to: topic, options, sink)
    }

    private func deliver(_ event: LayerEvent, to topic: Topic, _ options: PublishOptions, _ sink: BrokerSink) -> Receipt
    {
        guard sinkCount.load(ordering: .acquiring) > 1 else {
            var receipt = sink.deliver(event, to: topic, excluding: options.excluding)
            receipt.processes = 1
            return receipt
        }
        // Under the lock, so that all layers see one order.
        return sinks.withLock { sinks in
            var receipt = Receipt()
            for other in sinks {
                if other.hub === sink.hub {
                    receipt = sink.deliver(event, to: topic, excluding: options.excluding)
                } else {
                    other.receive(event, to: topic, excluding: options.excluding)
                }
            }
            receipt.processes = sinks.count
            return receipt
        }
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
    public func take(from queue: ChannelName, lease: Duration?) async throws -> QueueDelivery {
        try await queues.take(from: queue, lease: lease)
    }

    /// Says what became of a taken event.
    public func settle(_ delivery: QueueDelivery, of queue: ChannelName, as outcome: QueueOutcome) async throws -> Bool
    {
        queues.settle(delivery, of: queue, as: outcome)
    }

    /// Reads what is remembered of a group.
    ///
    /// - Throws: ``LayerError`` with `unsupported` without a history.
    public func history(of group: GroupName, since position: Position?, limit: Int) async throws -> HistoryPage {
        guard let logs else { throw LayerError(.unsupported, "this layer keeps no history") }
        return logs.log(of: group).page(since: position, limit: limit)
    }

    /// Notes who is where, and tells the members of all layers.
    public func updatePresence(_ changes: [PresenceChange], sink: BrokerSink) async throws {
        for diff in board.update(changes, of: ObjectIdentifier(sink.hub)) {
            let event = LayerEvent(diff)
            for sink in sinks.withLock({ $0 }) { sink.receive(event, to: .presence(GroupName(rawValue: diff.group))) }
        }
    }

    /// Who is in a group.
    public func presence(in group: GroupName) async throws -> [PresenceEntry] {
        board.entries(group)
    }

    /// Forgets queues, histories and presences.
    public func flush() async throws {
        queues.removeAll()
        logs?.removeAll()
        board.removeAll()
    }

    /// Ends waiting takers.
    public func shutdown() async {
        queues.close()
    }
}
