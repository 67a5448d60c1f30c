// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import SluiceChannelLayers
import Synchronization

/// The two connections of a process, what it has subscribed to, and what waits to be published.
///
/// Publishing stops whenever one of the links is lost or silent, so that what this process sends comes back to its own
/// members too; it goes on, in order, when both are there and all subscriptions are in place again.
final class RedisEngine: @unchecked Sendable {
    // Proof: constants of Sendable types, a mutex, an atomic, and variables that are touched on `loop` alone.
    let loop: any EventLoop
    let configuration: RedisConfiguration
    let keys: RedisKeys
    let sink: BrokerSink
    let process: String
    let logger: Logger
    let commands: RedisLink
    let subscriber: RedisLink

    var topics: [String: RedisTopic] = [:]
    /// Topics that are to be subscribed to in this turn of the event loop.
    var unsentTopics: [RedisTopic] = []
    /// Whether all subscriptions are in place.
    var isRestored = false
    /// Events that wait for Redis, in order.
    var waiting = RedisWaitingEvents()
    /// Events that have been sent and not answered, in order.
    var sent = RedisWaitingEvents()
    /// Events that the server has refused because of what it is, while answers to others are missing.
    var refusedEvents: [RedisOutgoing] = []
    var refusal: RedisError?
    var sequence: UInt64 = 0
    var scripts: [RedisScript: String] = [:]
    var areScriptsLoaded = false
    /// Whether both links are there and everything is in place.
    var isReady = false
    /// Until when publishing waits for the other processes after a fault.
    var peerDeadline: NIODeadline?
    var ticks: RepeatedTask?
    var tickCount = 0
    /// Whether this process has stood for anybody.
    var holdsPresence = false
    /// Whether everything was in place once.
    private let wasReady = Atomic<Bool>(false)
    /// Whether it was, or the first attempt has failed.
    private let isStarted = Atomic<Bool>(false)
    private let started = NIODeadline.now()
    private(set) var isStopped = false
    private var startWaiters: [() -> Void] = []

    /// What other threads see of ``isReady``.
    let healthState = Mutex(LayerHealth.down(reason: "not connected to Redis yet"))
    /// Bytes of events that wait here without a sender that waits for them.
    let heldBytes = Atomic<Int>(0)

    init(
        _ configuration: RedisConfiguration, _ connector: RedisConnector, loop: any EventLoop, sink: BrokerSink,
        process: String, logger: Logger
    ) {
        self.loop = loop
        self.configuration = configuration
        self.sink = sink
        self.process = process
        self.logger = logger
        keys = RedisKeys(prefix: configuration.prefix)
        let patience = RedisLink.Patience()
        let name = "sluice-\(process.prefix(8))"
        commands = RedisLink(connector, name: "\(name)-commands", loop: loop, patience: patience, logger: logger)
        subscriber = RedisLink(connector, name: "\(name)-events", loop: loop, patience: patience, logger: logger)
    }

    /// Whether the first connection is still being made: who publishes or joins waits for it, at most 10 s.
    var isStarting: Bool { !isStarted.load(ordering: .relaxed) && .now() - started < .seconds(10) }

    var health: LayerHealth { healthState.withLock { $0 } }

    // MARK: Lifecycle

    func start() {
        commands.onUp = { [self] in loadScripts($0) }
        commands.onDown = { [self] error in
            areScriptsLoaded = false
            recoverSent(error)
            update()
        }
        subscriber.onUp = { [self] in restore($0) }
        subscriber.onDown = { [self] _ in
            isRestored = false
            forgetConfirmations()
            update()
        }
        subscriber.onPush = { [self] in received($0) }
        commands.onSilence = { [self] in update() }
        subscriber.onSilence = { [self] in update() }
        commands.start()
        subscriber.start()
        ticks = loop.scheduleRepeatedTask(
            initialDelay: .milliseconds(100), delay: .milliseconds(100)
        ) { [self] _ in tick() }
    }

    func stop() {
        guard !isStopped else { return }
        isStopped = true
        isReady = false
        ticks?.cancel()
        let error = LayerError(.closed, "the channel layer was shut down")
        releaseStartWaiters()
        defer { refusedEvents = [] }
        for event in refusedEvents + sent.takeAll() + waiting.takeAll() { finish(event, .failure(error)) }
        forgetConfirmations()
        for topic in topics.values { topic.endWaiting() }
        topics = [:]
        commands.stop()
        subscriber.stop()
        healthState.withLock { $0 = .down(reason: error.description) }
    }

    private func tick() {
        tickCount += 1
        if !isStarting { releaseStartWaiters() }
        expireWaiting()
        guard tickCount % 10 == 0 else { return }
        expireEchoes()
        if isReady { probe() }
    }

    // MARK: Readiness

    /// Looks at both links, and goes on or stops.
    func update() {
        guard !isStopped else { return }
        let problem = self.problem
        let nowReady = problem == nil
        if nowReady, !isReady {
            awaitPeers()
        } else if !nowReady {
            isReady = false
            peerDeadline = nil
        }
        let health: LayerHealth = problem.map { .down(reason: $0) } ?? .up
        let before = healthState.withLock { current in
            defer { current = health }
            return current
        }
        // Before the first connection nothing was lost.
        switch (before, health) {
        case (.up, .up), (.down, .down): break
        default: if wasReady.load(ordering: .relaxed) { sink.healthChanged(health) }
        }
        if health == .up { wasReady.store(true, ordering: .relaxed) }
        if health == .up || commands.hasFailed || subscriber.hasFailed {
            isStarted.store(true, ordering: .relaxed)
            releaseStartWaiters()
        }
    }

    private var problem: String? {
        for link in [commands, subscriber] {
            if case .down(let error) = link.state { return error.description }
            if link.isSilent { return "Redis does not answer" }
        }
        guard areScriptsLoaded, isRestored else { return "subscriptions are being made" }
        return nil
    }

    /// After a fault the other processes come back in the same moment as this one: what is published before them, they
    /// would miss. With a history they read it.
    private func awaitPeers() {
        let known = topics.values.filter { $0.receivers > 1 && $0.isConfirmed }
        guard wasReady.load(ordering: .relaxed), configuration.history == nil, !known.isEmpty,
            let connection = commands.connection
        else {
            return becomeReady()
        }
        let deadline = peerDeadline ?? .now() + .milliseconds(600)
        peerDeadline = deadline
        let asked = Array(known.prefix(64))
        connection.send(
            RedisCommand(["PUBSUB", "NUMSUB"] + asked.map { .text($0.channel) }), timeout: .seconds(2)
        ) { [self] answer in
            guard !isReady, problem == nil, peerDeadline == deadline else { return }
            let counts = (try? answer.get())?.elements?.compactMap(\.integer) ?? []
            let areBack = counts.count == asked.count && zip(asked, counts).allSatisfy { $0.receivers <= $1 }
            guard !areBack, NIODeadline.now() < deadline else {
                peerDeadline = nil
                return becomeReady()
            }
            loop.assumeIsolated().scheduleTask(in: .milliseconds(10)) { [self] in
                if !isReady, problem == nil, peerDeadline == deadline { awaitPeers() }
            }
        }
    }

    /// Calls when the first connection is there, or has failed for too long; at once later.
    func whenStarted(_ action: @escaping () -> Void) {
        if isStarting, !isReady, !isStopped { startWaiters.append(action) } else { action() }
    }

    private func releaseStartWaiters() {
        let waiters = startWaiters
        startWaiters = []
        for waiter in waiters { waiter() }
    }

    private func becomeReady() {
        isReady = true
        sendWaiting()
    }

    private func loadScripts(_ connection: RedisConnection) {
        let all = RedisScript.allCases
        for (index, script) in all.enumerated() {
            connection.send(RedisCommand("SCRIPT", "LOAD", .text(script.source)), timeout: .seconds(10)) {
                [self] answer in
                switch answer {
                case .success(let digest): scripts[script] = digest.text
                case .failure(let error) where isOfServer(error): return leave(error)
                case .failure(let error):
                    // Without rights to run scripts events still travel; what needs one says so.
                    scripts[script] = nil
                    guard error.code == .refused else { return }
                    logger.warning("Redis takes no scripts", metadata: ["error": "\(error)"])
                }
                guard index == all.count - 1, commands.connection === connection else { return }
                areScriptsLoaded = true
                update()
            }
        }
    }

    /// Sees whether this is still the server that events go through: a connection may be in good health and lead to one
    /// that was put aside.
    private func probe() {
        guard let connection = commands.connection else { return }
        connection.send(
            RedisCommand("PUBLISH", .text(keys.probe(ofProcess: process)), ""), timeout: .seconds(10)
        ) { [self] answer in
            guard case .success(let count) = answer, count.integer == 0, isReady else { return }
            subscriber.reconnect(RedisError(.connection, "the subscriptions are not where events are published"))
        }
        connection.send(RedisCommand("ROLE"), timeout: .seconds(10)) { [self] answer in
            // Who may not ask is not told.
            guard case .success(let role) = answer, role.elements?.first?.text == "slave" else { return }
            leave(RedisError(.connection, "the server has become a replica"))
        }
        probePresence(connection)
    }
}
