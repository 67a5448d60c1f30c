// SPDX-License-Identifier: Apache-2.0

public import Logging
import NIOCore
import NIOPosix
public import SluiceCore
import Synchronization

/// Sluice's own server: listeners, TLS, HTTP/1.1 and WebSocket around an application.
///
/// ```swift
/// let server = Server(router: router, listeners: [Listener(.tcp(host: "127.0.0.1", port: 8000))])
/// try await server.start()
/// // … until it is time to go:
/// await server.shutdown(within: .seconds(10))
/// ```
public final class Server: Sendable {
    private struct Running {
        var group: MultiThreadedEventLoopGroup
        var host: ApplicationHost
        var lifespan: LifespanRunner
        var acceptor: Acceptor
        var listeners: [Acceptor.Open]
        var watch: Task<Void, Never>?
    }

    private let router: ProtocolTypeRouter
    private let listeners: [Listener]
    private let configuration: ServerConfiguration
    private let threads: Int
    private let initialState: LifespanState
    private let clock: any TimeSource
    private let logger: Logger
    private let running = Mutex<Running?>(nil)
    private let started = Atomic<Bool>(false)
    private let certificates: CertificateWatch?

    /// A server that has not started.
    ///
    /// - Parameters:
    ///   - router: the application; its lifespan is run too.
    ///   - listeners: where it accepts; several are served alike.
    ///   - threads: event loops; `nil` for one a core.
    ///   - state: what the application's lifespan finds in its scope, such as channel layers.
    public init(
        router: ProtocolTypeRouter, listeners: [Listener], configuration: ServerConfiguration = ServerConfiguration(),
        threads: Int? = nil, state: LifespanState = LifespanState(), clock: any TimeSource = SystemTime(),
        logger: Logger = Logger(label: "sluice")
    ) {
        self.router = router
        self.listeners = listeners
        self.configuration = configuration
        self.threads = max(1, threads ?? System.coreCount)
        initialState = state
        self.clock = clock
        self.logger = logger
        certificates = CertificateWatch(listeners, clock: clock, logger: logger)
    }

    /// The host that serves the connections; `nil` before the start and after the end.
    public var host: ApplicationHost? { running.withLock { $0?.host } }

    /// Runs the application's startup, then begins to accept.
    ///
    /// - Returns: the listeners with the ports in use.
    /// - Throws: ``ServerError`` for an address that cannot be bound, `LifespanError` when the application could not
    ///   start. Nothing is left running then.
    @discardableResult
    public func start() async throws -> [BoundListener] {
        guard !started.exchange(true, ordering: .relaxed) else {
            throw ServerError(.wrongState, "the server was started before")
        }
        let lifespan = try await LifespanRunner(
            starting: router, state: initialState, context: ConnectionContext(clock: clock, logger: logger))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let host = ApplicationHost(
            router: router, state: lifespan.state, configuration: configuration, clock: clock, logger: logger)
        let acceptor = Acceptor(host: host, group: group)
        var open: [Acceptor.Open] = []
        do {
            for listener in listeners { open.append(try await acceptor.bind(listener)) }
        } catch {
            for listener in open { await acceptor.close(listener) }
            host.abort()
            _ = await isIdle(host, on: group, within: .milliseconds(500))
            try? await lifespan.shutdown()
            try? await group.shutdownGracefully()
            throw error
        }
        let watch = certificates.map { certificates in Task { await certificates.run() } }
        let all = Running(
            group: group, host: host, lifespan: lifespan, acceptor: acceptor, listeners: open, watch: watch)
        running.withLock { $0 = all }
        return open.map(\.bound)
    }

    /// Loads the certificates of all listeners again, as is done by itself within seconds when a file changes. New
    /// handshakes see the new ones, connections live on; files that cannot be used change nothing and are logged.
    public func reloadCertificates() {
        certificates?.reload()
    }

    /// Stops: accepts no more, finishes requests, closes WebSockets with 1012 in batches
    /// (``ServerConfiguration/draining``), runs every `disconnect` and the application's shutdown. What is not done in
    /// time is cut.
    ///
    /// - Parameter limit: real time, also where the server has another clock: clients and the network have no other.
    /// - Returns: whether everything ended by itself.
    @discardableResult
    public func shutdown(within limit: Duration = .seconds(10)) async -> Bool {
        guard
            let running = running.withLock({ running in
                defer { running = nil }
                return running
            })
        else { return true }
        running.watch?.cancel()
        for listener in running.listeners { await running.acceptor.close(listener) }
        running.host.drain(within: limit)
        var ended = await isIdle(running.host, on: running.group, within: limit)
        if !ended {
            logger.warning("connections are cut: the time for stopping is over")
            running.host.abort()
            ended = await isIdle(running.host, on: running.group, within: .milliseconds(500))
        }
        do {
            try await running.lifespan.shutdown()
        } catch {
            logger.error("the application's shutdown failed", metadata: ["error": "\(error)"])
        }
        try? await running.group.shutdownGracefully()
        return ended
    }

    /// Waits in real time, on an event loop: a task that is cancelled waits too.
    private func isIdle(_ host: ApplicationHost, on group: any EventLoopGroup, within limit: Duration) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while host.isBusy {
            if ContinuousClock.now >= deadline { return false }
            try? await group.any().scheduleTask(in: .milliseconds(10)) {}.futureResult.get()
        }
        return true
    }
}
