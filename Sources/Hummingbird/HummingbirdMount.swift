// SPDX-License-Identifier: Apache-2.0

#if Hummingbird
public import SluiceCore
public import SluiceServer
import SluiceTLS
import Synchronization

/// A Sluice application to be mounted in a Hummingbird application, or in several that listen on different addresses.
///
/// ```swift
/// let app = Hummingbird.Application(router: hummingbirdRouter).mounting(HummingbirdMount(sluiceRouter))
/// try await app.runService()
/// ```
/// Its lifespan starts before the first server listens, and ends when the last one has stopped. It lives once, and its
/// servers stop together: the graceful stop of one ends the connections of all.
public final class HummingbirdMount: Sendable {
    private enum State {
        case waiting
        case starting(Task<LifespanRunner, any Error>)
        case running(ApplicationHost, LifespanRunner)
    }

    private let router: ProtocolTypeRouter
    private let state: LifespanState
    private let configuration: ServerConfiguration
    private let drainTime: Duration
    private let life = Mutex(State.waiting)
    private let users = Atomic<Int>(0)
    private let isDraining = Atomic<Bool>(false)

    /// An application that has not started.
    ///
    /// - Parameters:
    ///   - router: what serves connections; requests that it has no route for are Hummingbird's.
    ///   - state: what the scopes carry, before the lifespan adds to it.
    ///   - configuration: limits and time-outs of connections.
    ///   - drainTime: how long requests and sockets may last when Hummingbird stops; then they are cut. Default 10 s.
    public init(
        _ router: ProtocolTypeRouter, state: LifespanState = LifespanState(),
        configuration: ServerConfiguration = ServerConfiguration(), drainTime: Duration = .seconds(10)
    ) {
        var router = router
        router.mount(HummingbirdRoutes.behind(router.application(for: HTTP.self)))
        self.router = router
        self.state = state
        self.configuration = configuration
        self.drainTime = drainTime
    }

    /// What serves the connections; `nil` before the start.
    public var host: ApplicationHost? {
        life.withLock { if case .running(let host, _) = $0 { host } else { nil } }
    }

    /// Starts the lifespan, if nobody has before.
    ///
    /// - Throws: ``LifespanError`` when the application cannot start.
    func start() async throws {
        let starting = life.withLock { life -> Task<LifespanRunner, any Error>? in
            switch life {
            case .running: return nil
            case .starting(let task): return task
            case .waiting:
                let task = Task { [router, state] in try await LifespanRunner(starting: router, state: state) }
                life = .starting(task)
                return task
            }
        }
        users.add(1, ordering: .relaxed)
        guard let lifespan = try await starting?.value else { return }
        let host = ApplicationHost(router: router, state: lifespan.state, configuration: configuration)
        life.withLock { life in
            if case .starting = life { life = .running(host, lifespan) }
        }
    }

    /// Lets requests and sockets end, and cuts what lasts longer. Hummingbird's servers wait for them.
    func drain() {
        guard let host, !isDraining.exchange(true, ordering: .relaxed) else { return }
        host.drain(within: drainTime)
        Task { [drainTime] in
            try await Task.sleep(for: drainTime)
            host.abort()
        }
    }

    /// Ends the lifespan, if nobody uses the application any more.
    ///
    /// - Throws: ``LifespanError`` when the application says that it could not end well.
    func end() async throws {
        guard users.subtract(1, ordering: .relaxed).newValue == 0 else { return }
        let lifespan = life.withLock { life -> LifespanRunner? in
            if case .running(_, let lifespan) = life { lifespan } else { nil }
        }
        try await lifespan?.shutdown()
    }
}
#endif
