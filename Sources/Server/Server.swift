// SPDX-License-Identifier: Apache-2.0

public import Logging
import NIOCore
import NIOPosix
public import SluiceCore
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

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
        var channels: [any Channel]
        var listeners: [BoundListener]
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
        var channels: [any Channel] = []
        var bound: [BoundListener] = []
        do {
            for listener in listeners {
                let (channel, listener) = try await acceptor.bind(listener)
                channels.append(channel)
                bound.append(listener)
            }
        } catch {
            for channel in channels { try? await channel.close() }
            removeSocketFiles(bound)
            host.abort()
            _ = await isIdle(host, until: clock.monotonic + .milliseconds(500))
            try? await lifespan.shutdown()
            try? await group.shutdownGracefully()
            throw error
        }
        let all = Running(group: group, host: host, lifespan: lifespan, channels: channels, listeners: bound)
        running.withLock { $0 = all }
        return bound
    }

    /// Stops: accepts no more, finishes requests, closes WebSockets with 1012, runs every `disconnect` and the
    /// application's shutdown. What is not done in time is cut.
    ///
    /// - Returns: whether everything ended by itself.
    @discardableResult
    public func shutdown(within limit: Duration = .seconds(10)) async -> Bool {
        guard
            let running = running.withLock({ running in
                defer { running = nil }
                return running
            })
        else { return true }
        let deadline = clock.monotonic + limit
        for channel in running.channels { try? await channel.close() }
        removeSocketFiles(running.listeners)
        running.host.drain()
        var ended = await isIdle(running.host, until: deadline)
        if !ended {
            logger.warning("connections are cut: the time for stopping is over")
            running.host.abort()
            ended = await isIdle(running.host, until: clock.monotonic + .milliseconds(500))
        }
        do {
            try await running.lifespan.shutdown()
        } catch {
            logger.error("the application's shutdown failed", metadata: ["error": "\(error)"])
        }
        try? await running.group.shutdownGracefully()
        return ended
    }

    private func removeSocketFiles(_ listeners: [BoundListener]) {
        for listener in listeners where listener.port == nil { unlink(listener.host) }
    }

    private func isIdle(_ host: ApplicationHost, until deadline: Duration) async -> Bool {
        while host.isBusy {
            if clock.monotonic >= deadline { return false }
            try? await clock.sleep(for: .milliseconds(10))
        }
        return true
    }
}
