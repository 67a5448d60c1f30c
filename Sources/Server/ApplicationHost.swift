// SPDX-License-Identifier: Apache-2.0

public import Logging
public import NIOCore
public import SluiceCore
import SluiceTLS
import Synchronization

/// Serves an application on channels: what Sluice's own server uses, and the way into a NIO pipeline of somebody else.
///
/// One host serves any number of channels on any number of event loops:
/// ```swift
/// let host = ApplicationHost(router: router, state: state)
/// bootstrap.childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try host.addHandlers(to: channel) } }
/// ```
public final class ApplicationHost: Sendable {
    /// What connections are served with.
    public let router: ProtocolTypeRouter
    /// What the application made at start, for every scope.
    public let state: LifespanState
    /// What connections' tasks begin with.
    let taskLocals: TaskLocalBindings
    /// Limits and time-outs.
    public let configuration: ServerConfiguration
    /// The application's clock.
    public let clock: any TimeSource
    /// The parent of every connection's logger.
    public let logger: Logger

    let http: (any Application<HTTP>)?
    let webSocket: (any Application<WebSocket>)?
    private let loops = Mutex<[ObjectIdentifier: LoopContext]>([:])
    private let draining = Atomic<Bool>(false)
    private let overBudget = Atomic<Bool>(false)
    private let refused = RefusedConnection.Count()
    let admission: Admission
    let limitLog: LimitLog
    private let watchdog: LoopWatchdog?

    /// A host for an application whose lifespan has started.
    public init(
        router: ProtocolTypeRouter, state: LifespanState = LifespanState(),
        configuration: ServerConfiguration = ServerConfiguration(), clock: any TimeSource = SystemTime(),
        logger: Logger = Logger(label: "sluice")
    ) {
        self.router = router
        http = router.application(for: HTTP.self)
        webSocket = router.application(for: WebSocket.self)
        self.state = state
        taskLocals = state[TaskLocalBindings.self]
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        admission = Admission(configuration.connections, clock: clock)
        limitLog = LimitLog(clock: clock, logger: logger)
        watchdog =
            configuration.blockingLimit > .zero
            ? LoopWatchdog(limit: configuration.blockingLimit, clock: clock, logger: logger) : nil
    }

    /// Whether ``drain()`` was called: requests are finished, and new ones close their connection.
    public var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// What the host has served until now.
    public var statistics: ServerStatistics {
        var statistics = ServerStatistics()
        for loop in loops.withLock({ Array($0.values) }) {
            statistics.connections += loop.counters.connections
            statistics.messagesIn += loop.counters.messagesIn
            statistics.messagesOut += loop.counters.messagesOut
            statistics.heldBytes += loop.counters.heldBytes
        }
        statistics.limits = limitLog.counts
        statistics.blockedLoops = watchdog?.blocks ?? 0
        return statistics
    }

    /// Whether a connection is open or the task of one still runs.
    public var isBusy: Bool {
        loops.withLock { $0.values.contains { $0.counters.connections > 0 || $0.counters.tasks > 0 } }
    }

    /// Adds the handlers that serve HTTP and WebSocket to a channel that carries plaintext. On its event loop.
    ///
    /// With the trait `HTTP2`, behind a `TLSHandler` whose handshake is not done, ALPN chooses between HTTP/2 and
    /// HTTP/1.1, and without TLS the client does where `configuration.http2.priorKnowledge` allows it; else it is
    /// HTTP/1.1.
    ///
    /// A connection over a limit of ``ServerConfiguration/connections`` gets one that answers 503, or is closed.
    ///
    /// - Parameters:
    ///   - isSecure: whether the channel's bytes come through TLS: the scope's scheme is `https` or `wss` then.
    ///   - prepare: puts into every scope of the channel what its server knows of it; called on the event loop. Default:
    ///     nothing.
    public func addHandlers(
        to channel: any Channel, isSecure: Bool = false, prepare: ScopePreparation? = nil
    ) throws {
        guard try admit(channel, isSecure: isSecure) else { return }
        let loop = loopContext(channel.eventLoop)
        let tls = isSecure ? try? channel.pipeline.syncOperations.handler(type: TLSHandler.self) : nil
        #if HTTP2
        if isSecure || configuration.http2.priorKnowledge {
            let negotiator = ProtocolNegotiator(
                host: self, loop: loop, isSecure: isSecure, tls: tls, prepare: prepare)
            return try channel.pipeline.syncOperations.addHandler(negotiator)
        }
        #endif
        try HTTPConnection(host: self, loop: loop, isSecure: isSecure, tls: tls, prepare: prepare).install(on: channel)
    }

    #if HTTP2
    /// Adds the handlers that serve HTTP/2, and WebSocket over it, to a channel whose client speaks nothing else: for
    /// servers that do ALPN themselves. On its event loop, before the channel reads.
    ///
    /// - Parameters:
    ///   - isSecure: whether the channel's bytes come through TLS: the scope's scheme is `https` or `wss` then.
    ///   - security: what the scope says about TLS.
    ///   - prepare: puts into every scope of the channel what its server knows of it; called on the event loop. Default:
    ///     nothing.
    public func addHTTP2Handlers(
        to channel: any Channel, isSecure: Bool = true, security: TransportSecurity? = nil,
        prepare: ScopePreparation? = nil
    ) throws {
        guard try admit(channel, isSecure: isSecure) else { return }
        let connection = HTTP2Connection(
            host: self, loop: loopContext(channel.eventLoop), isSecure: isSecure, security: security, tls: nil,
            prepare: prepare)
        try connection.install(on: channel)
    }
    #endif

    /// Asks every connection to end: idle ones at once, requests when they are answered, WebSockets with close 1012 in
    /// batches (``ServerConfiguration/draining``). One on which nothing has come yet has a second left for its request.
    ///
    /// - Parameter limit: the time for all of it; the last WebSocket is told to close when half of it is over. Default
    ///   10 s.
    public func drain(within limit: Duration = .seconds(10)) {
        draining.store(true, ordering: .relaxed)
        let loops = loops.withLock { Array($0.values) }
        let pace = DrainPace(configuration.draining, within: limit, loops: loops.count)
        for loop in loops {
            loop.loop.execute { loop.drain(pace) }
        }
    }

    /// Cuts every connection.
    public func abort() {
        for loop in loops.withLock({ Array($0.values) }) {
            loop.loop.execute { loop.abort() }
        }
    }

    /// The limit that is in the way of a new connection; `nil` when there is none.
    private func admit(_ address: AddressKey?) -> ServerLimit? {
        if isOverBudget { return .bytes }
        let open = loops.withLock { $0.values.reduce(0) { $0 + $1.counters.connections } }
        return admission.enter(address, open: open)
    }

    /// Counts a new connection, or turns it away.
    private func admit(_ channel: any Channel, isSecure: Bool) throws -> Bool {
        let address = AddressKey(channel.remoteAddress)
        if let limit = admit(address) {
            limitLog.count(limit)
            try refuse(channel, isSecure: isSecure)
            return false
        }
        if admission.countsAddresses {
            channel.closeFuture.whenComplete { [admission] _ in admission.leave(address) }
        }
        return true
    }

    private func refuse(_ channel: any Channel, isSecure: Bool) throws {
        if !isSecure, refused.enter() {
            try channel.pipeline.syncOperations.addHandler(RefusedConnection(refused))
        } else {
            channel.close(promise: nil)
        }
    }

    // MARK: The budget

    /// Whether connections hold more bytes than they may; looked at once a second.
    var isOverBudget: Bool { overBudget.load(ordering: .relaxed) }

    /// Called by every loop, once a second, when it knows what its connections hold.
    private func swept(_ loop: LoopContext) {
        limitLog.writeIfDue()
        let limit = configuration.connections.bytes
        guard limit > 0 else { return }
        let total = loops.withLock { $0.values.reduce(0) { $0 + $1.counters.heldBytes } }
        overBudget.store(total > limit, ordering: .relaxed)
        guard total > limit else { return }
        // Each loop gives up its share of what is too much.
        let share = Double(loop.counters.heldBytes) / Double(total)
        let count = loop.shed(bytes: Int((Double(total - limit) * share).rounded(.up)))
        for _ in 0..<count { limitLog.count(.bytes) }
    }

    func loopContext(_ loop: any EventLoop) -> LoopContext {
        loops.withLock { loops in
            if let context = loops[ObjectIdentifier(loop)] { return context }
            let context = LoopContext(loop, deflate: configuration.webSocket.deflate) { [weak self] in self?.swept($0) }
            loops[ObjectIdentifier(loop)] = context
            watchdog?.watch(context.executor.occupants)
            return context
        }
    }
}

/// What a server has served until now.
public struct ServerStatistics: Sendable, Hashable {
    /// Connections that are open, of any kind.
    public var connections = 0
    /// WebSocket messages received since the start.
    public var messagesIn: UInt64 = 0
    /// WebSocket messages sent since the start.
    public var messagesOut: UInt64 = 0
    /// Bytes that connections hold, as of the last second: see ``ServerConfiguration/ConnectionLimits/bytes``.
    public var heldBytes = 0
    /// How often clients came up against each limit since the start.
    public var limits: [ServerLimit: UInt64] = [:]
    /// How often a handler has kept an event loop for longer than ``ServerConfiguration/blockingLimit`` since the start.
    public var blockedLoops: UInt64 = 0

    /// Nothing yet.
    public init() {}
}
