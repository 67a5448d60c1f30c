// SPDX-License-Identifier: Apache-2.0

public import SluiceChannelLayers
public import SluiceCore
import Synchronization

/// A broker that loses, delays and doubles events, and is cut off, by a seed: for tests of what an application does then
/// (the "resilience-testing mode" of Channels' layer specification).
///
/// ```swift
/// let broker = ChaosBroker(InMemoryBroker(), seed: 7, faults: .init(dropping: 0.1, doubling: 0.1))
/// let layer = BrokeredChannelLayer(broker: broker)
/// broker.isCutOff = true
/// ```
/// The same seed decides the same for the same sequence of publishes.
public final class ChaosBroker: Broker {
    /// How likely each fault is, from 0 to 1, and how long a delayed event takes.
    public struct Faults: Sendable, Hashable {
        /// The event is lost; nobody is told.
        public var dropping: Double
        /// The event comes twice.
        public var doubling: Double
        /// The event comes later than others that were sent after it.
        public var delaying: Double
        /// The longest delay.
        public var delay: Duration

        /// Faults.
        public init(
            dropping: Double = 0, doubling: Double = 0, delaying: Double = 0, delay: Duration = .milliseconds(100)
        ) {
            self.dropping = dropping
            self.doubling = doubling
            self.delaying = delaying
            self.delay = delay
        }
    }

    private struct State {
        var random: SeededGenerator
        var faults: Faults
        var isCutOff = false
        var sink: BrokerSink?
    }

    private enum Fate {
        case passed, dropped, doubled
        case delayed(Duration)
    }

    private let wrapped: any Broker
    private let clock: any TimeSource
    private let state: Mutex<State>

    /// Wraps a broker.
    public init(
        _ wrapped: any Broker, seed: UInt64, faults: Faults = Faults(), clock: any TimeSource = SystemTime()
    ) {
        self.wrapped = wrapped
        self.clock = clock
        state = Mutex(State(random: SeededGenerator(seed: seed), faults: faults))
    }

    /// What may happen to the next events.
    public var faults: Faults {
        get { state.withLock { $0.faults } }
        set { state.withLock { $0.faults = newValue } }
    }

    /// Whether the process is cut off from the broker: publishing throws `down`, nothing comes, and consumers are told.
    /// When it is over they are told of a gap in their groups.
    public var isCutOff: Bool {
        get { state.withLock { $0.isCutOff } }
        set {
            let (sink, changed) = state.withLock { state in
                defer { state.isCutOff = newValue }
                return (state.sink, state.isCutOff != newValue)
            }
            guard changed, let sink else { return }
            sink.healthChanged(newValue ? .down(reason: Self.reason) : .up)
            if !newValue { sink.missedEverywhere() }
        }
    }

    private static let reason = "the process is cut off by a test"

    /// The wrapped broker's.
    public var capabilities: LayerCapabilities { wrapped.capabilities }
    /// Down while it is cut off.
    public var health: LayerHealth { isCutOff ? .down(reason: Self.reason) : wrapped.health }

    /// Puts itself between.
    public func attach(_ sink: BrokerSink, process: String) {
        let gated = gated(sink)
        state.withLock { $0.sink = sink }
        wrapped.attach(gated, process: process)
    }

    /// Publishes, or does what chance says.
    public func publish(
        _ event: LayerEvent, to topic: Topic, options: PublishOptions, sink: BrokerSink
    ) async throws -> Receipt {
        switch try fate() {
        case .dropped: return Receipt()
        case .passed: break
        case .doubled:
            _ = try await wrapped.publish(event, to: topic, options: options, sink: gated(sink))
        case .delayed(let delay): try await clock.sleep(for: delay)
        }
        return try await wrapped.publish(event, to: topic, options: options, sink: gated(sink))
    }

    /// The same without waiting.
    public func post(
        _ event: LayerEvent, to topic: Topic, options: PublishOptions, sink: BrokerSink
    ) throws -> Receipt {
        switch try fate() {
        case .dropped: return Receipt()
        case .passed: break
        case .doubled: _ = try wrapped.post(event, to: topic, options: options, sink: gated(sink))
        case .delayed(let delay):
            let (wrapped, clock, sink) = (wrapped, clock, gated(sink))
            Task {
                try await clock.sleep(for: delay)
                _ = try wrapped.post(event, to: topic, options: options, sink: sink)
            }
            return Receipt()
        }
        return try wrapped.post(event, to: topic, options: options, sink: gated(sink))
    }

    private func gated(_ sink: BrokerSink) -> BrokerSink {
        sink.gated { [weak self] in self?.isCutOff != true }
    }

    private func fate() throws(LayerError) -> Fate {
        try state.withLock { state throws(LayerError) in
            guard !state.isCutOff else { throw LayerError(.down, Self.reason) }
            let chance = Double.random(in: 0..<1, using: &state.random)
            let faults = state.faults
            if chance < faults.dropping { return .dropped }
            if chance < faults.dropping + faults.doubling { return .doubled }
            guard chance < faults.dropping + faults.doubling + faults.delaying else { return .passed }
            return .delayed(faults.delay * Double.random(in: 0...1, using: &state.random))
        }
    }

    // MARK: Passed on

    /// Passed on.
    public func subscribe(_ topics: [Topic]) async throws { try await wrapped.subscribe(topics) }
    /// Passed on.
    public func unsubscribe(_ topics: [Topic]) { wrapped.unsubscribe(topics) }
    /// Passed on.
    public func isQueue(_ channel: ChannelName) -> Bool { wrapped.isQueue(channel) }
    /// Passed on, unless it is cut off.
    public func enqueue(_ event: LayerEvent, in queue: ChannelName) async throws {
        try checkConnection()
        try await wrapped.enqueue(event, in: queue)
    }
    /// Passed on, unless it is cut off.
    public func take(from queue: ChannelName, lease: Duration?) async throws -> QueueDelivery {
        try checkConnection()
        return try await wrapped.take(from: queue, lease: lease)
    }
    /// Passed on, unless it is cut off.
    public func settle(_ delivery: QueueDelivery, of queue: ChannelName, as outcome: QueueOutcome) async throws -> Bool
    {
        try checkConnection()
        return try await wrapped.settle(delivery, of: queue, as: outcome)
    }
    /// Passed on, unless it is cut off.
    public func history(of group: GroupName, since position: Position?, limit: Int) async throws -> HistoryPage {
        try checkConnection()
        return try await wrapped.history(of: group, since: position, limit: limit)
    }
    /// Passed on, unless it is cut off.
    public func updatePresence(_ changes: [PresenceChange], sink: BrokerSink) async throws {
        try checkConnection()
        try await wrapped.updatePresence(changes, sink: sink)
    }
    /// Passed on, unless it is cut off.
    public func presence(in group: GroupName) async throws -> [PresenceEntry] {
        try checkConnection()
        return try await wrapped.presence(in: group)
    }
    /// Passed on.
    public func flush() async throws { try await wrapped.flush() }
    /// Passed on.
    public func shutdown() async { await wrapped.shutdown() }

    private func checkConnection() throws(LayerError) {
        if isCutOff { throw LayerError(.down, Self.reason) }
    }
}
