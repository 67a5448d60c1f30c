// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import NIOPosix
public import SluiceChannelLayers
import SluiceTLS
import Synchronization

/// Groups over many processes and machines by a Redis server (6.0 or newer).
///
/// Two modes, by ``RedisConfiguration/history``:
/// - *without*: at most once. Channels and frames are exactly those of channels_redis' pub/sub layer, so that Django
///   processes are in the same groups. What is published while this process's connection is lost, its members miss; they
///   are told by a gap.
/// - *with*: at least once within the history's size and age, and never twice where the layer can know: each event has a
///   place, what was missed is read when the connection is back, and senders repeat what was not answered.
///
/// One order for all members of a group in either mode. A process subscribes once to a group, whoever its members are. It
/// has two connections, and keeps both for its whole life: see `Sources/README.md`.
public final class RedisBroker: Broker {
    private let configuration: RedisConfiguration
    private let connector: RedisConnector
    private let loop: any EventLoop
    private let logger: Logger
    private let attached = Mutex<RedisEngine?>(nil)
    let takers = QueueTakers()

    /// A broker that connects when a layer is made of it.
    ///
    /// - Throws: `TLSError` for a file of authorities that cannot be read.
    public init(_ configuration: RedisConfiguration) throws {
        self.configuration = configuration
        connector = try RedisConnector(configuration.url)
        loop = MultiThreadedEventLoopGroup.singleton.next()
        var logger = Logger(label: "sluice.redis")
        logger[metadataKey: "server"] = "\(configuration.url.name)"
        self.logger = logger
    }

    /// One order for all members of a group; at least once with a history.
    public var capabilities: LayerCapabilities {
        LayerCapabilities(
            delivery: configuration.history.map { .atLeastOnce(historySize: $0.size, seconds: $0.seconds) }
                ?? .atMostOnce,
            order: .totalPerGroup, maxEventBytes: configuration.maxEventBytes, crossProcess: true,
            history: configuration.history != nil)
    }

    /// Down while a connection is lost or has been silent for 2 s, or subscriptions are being made again.
    public var health: LayerHealth {
        attached.withLock { $0 }?.health ?? .down(reason: "no layer uses the broker")
    }

    /// Connects in the background.
    public func attach(_ sink: BrokerSink, process: String) {
        let engine = RedisEngine(
            configuration, connector, loop: loop, sink: sink, process: process, logger: logger)
        attached.withLock { $0 = engine }
        loop.execute { engine.start() }
    }

    /// Publishes, and waits until Redis has taken it and this process's members have got it.
    public func publish(
        _ event: LayerEvent, to topic: Topic, options: PublishOptions, sink: BrokerSink
    ) async throws -> Receipt {
        let engine = try engine
        let frame = try frame(event, topic, options)
        try reserve(frame.readableBytes, engine)
        return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Receipt, any Error>) in
            engine.loop.execute { [self] in
                submit(event, topic, options, frame, engine) { continuation.resume(with: $0) }
            }
        }
    }

    /// Publishes without waiting.
    public func post(
        _ event: LayerEvent, to topic: Topic, options: PublishOptions, sink: BrokerSink
    ) throws -> Receipt {
        let engine = try engine
        if configuration.whileDown == .fail, !engine.isStarting, case .down(let reason) = engine.health {
            throw LayerError(.down, reason)
        }
        let frame = try frame(event, topic, options)
        try reserve(frame.readableBytes, engine)
        engine.loop.execute { [self] in submit(event, topic, options, frame, engine, completion: nil) }
        return Receipt()
    }

    /// Subscribes; while Redis is away it is noted, and done when Redis is back.
    public func subscribe(_ topics: [Topic]) async throws {
        guard !topics.isEmpty else { return }
        try await ask { (engine, done: @escaping (Result<Void, LayerError>) -> Void) in
            var remaining = topics.count
            for topic in topics {
                engine.subscribe(topic) {
                    remaining -= 1
                    if remaining == 0 { done(.success(())) }
                }
            }
        }
    }

    /// Ends subscriptions.
    public func unsubscribe(_ topics: [Topic]) {
        guard let engine = attached.withLock({ $0 }) else { return }
        engine.loop.execute { engine.unsubscribe(topics) }
    }

    /// Every name without a `!`, but for those of channels_redis' consumers.
    public func isQueue(_ channel: ChannelName) -> Bool {
        !channel.isLocal && !channel.rawValue.hasPrefix("\(configuration.prefix)specific.")
    }

    /// Reads a group's history.
    public func history(of group: GroupName, since position: Position?, limit: Int) async throws -> HistoryPage {
        try await ask { engine, done in
            engine.readHistory(group, since: position, limit: limit) { done($0.map(\.page)) }
        }
    }

    /// Says what this process stands for.
    public func updatePresence(_ changes: [PresenceChange], sink: BrokerSink) async throws {
        try await ask { engine, done in engine.present(changes, done: done) }
    }

    /// Who is in a group, as far as the leases of their processes have not ended.
    public func presence(in group: GroupName) async throws -> [PresenceEntry] {
        try await ask { engine, done in engine.presence(group, done: done) }
    }

    /// Ends both connections; who waits for an answer is refused.
    public func shutdown() async {
        guard let engine = attached.withLock({ $0 }) else { return }
        await withCheckedContinuation { continuation in
            engine.loop.execute {
                engine.stop()
                continuation.resume()
            }
        }
        takers.wakeAll()
    }

    private var engine: RedisEngine {
        get throws(LayerError) {
            guard let engine = attached.withLock({ $0 }) else {
                throw LayerError(.closed, "no layer uses the broker")
            }
            return engine
        }
    }

    /// Asks on the engine's loop, when the first connection is there or has failed.
    func ask<Value: Sendable>(
        _ question: @escaping @Sendable (RedisEngine, @escaping (Result<Value, LayerError>) -> Void) -> Void
    ) async throws -> Value {
        let engine = try engine
        return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            engine.loop.execute {
                engine.whenStarted {
                    guard !engine.isStopped else {
                        return continuation.resume(throwing: LayerError(.closed, "the channel layer was shut down"))
                    }
                    question(engine) { continuation.resume(with: $0) }
                }
            }
        }
    }

    private func frame(_ event: LayerEvent, _ topic: Topic, _ options: PublishOptions) throws(LayerError) -> ByteBuffer
    {
        var isOpen = false
        if configuration.history != nil, case .group = topic { isOpen = true }
        let frame = try EventFrame.write(event, excluding: options.excluding, open: isOpen)
        guard frame.readableBytes <= configuration.maxEventBytes else {
            throw LayerError(
                .messageTooLarge,
                "the event '\(event.type)' has \(frame.readableBytes) bytes; the layer carries \(configuration.maxEventBytes)"
            )
        }
        return frame
    }

    /// Counts an event that will wait here, if there is room.
    private func reserve(_ count: Int, _ engine: RedisEngine) throws(LayerError) {
        let before = engine.heldBytes.add(count, ordering: .relaxed).oldValue
        guard before == 0 || before + count <= configuration.waitingBytes else {
            engine.heldBytes.subtract(count, ordering: .relaxed)
            throw LayerError(
                .down, "events of \(before) bytes wait for Redis, of at most \(configuration.waitingBytes)")
        }
    }

    private func submit(
        _ event: LayerEvent, _ topic: Topic, _ options: PublishOptions, _ frame: ByteBuffer, _ engine: RedisEngine,
        completion: RedisOutgoing.Completion?
    ) {
        let limit: Duration =
            switch configuration.whileDown {
            case .fail: .seconds(3)
            case .wait(let limit), .queue(let limit): limit
            }
        engine.submit(
            RedisOutgoing(
                event, topic, channel: engine.keys.channel(topic), options, frame: frame,
                deadline: .now() + TimeAmount(limit), completion: completion))
    }
}
