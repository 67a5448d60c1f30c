// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Runs an application's lifespan: for servers, hosts of other frameworks and tests.
///
/// ASGI's protocol: `startup` to the application, its answer awaited, connections served, `shutdown`, its answer
/// awaited. An application that ends or throws before it has answered has failed.
public final class LifespanRunner: Sendable {
    /// What the application made: goes into every scope.
    public let state: LifespanState
    private let events = EventQueue<Lifespan.Inbound>()
    private let answers = LifespanAnswers()
    private let task: Task<Void, Never>?

    /// Starts the router's lifespan application and waits for its answer; without one, the state stays as given. The
    /// router's names are put into the state (``URLReverser``).
    ///
    /// - Parameters:
    ///   - state: what the application finds in its scope.
    ///   - context: executor, clock and logger of the application's task.
    /// - Throws: ``RoutingError`` for ``ProtocolTypeRouter/problems``, ``LifespanError`` when the start failed,
    ///   `CancellationError` when the waiting task is cancelled; the application's task is cancelled then too.
    public init(
        starting router: ProtocolTypeRouter, state: LifespanState = LifespanState(),
        context: ConnectionContext = ConnectionContext()
    ) async throws {
        try router.validate()
        let reverser = URLReverser(router)
        var state = state
        state[URLReverser.self] = reverser
        guard let application = router.application(for: Lifespan.self) else {
            task = nil
            self.state = state
            return
        }
        var scope = Scope(Lifespan.self)
        scope.state = state
        scope.connection = context
        events.push(.startup)
        let (events, answers) = (events, answers)
        let task = state[TaskLocalBindings.self].bind {
            Task(executorPreference: context.executor) { [scope] in
                do {
                    try await application(scope: scope, receive: Receive(events), send: Send(answers))
                    answers.end(nil)
                } catch {
                    answers.end(error)
                }
            }
        }
        self.task = task
        do {
            switch try await answers.queue.next() {
            case .started(var state):
                // An application that answers with a state of its own has not meant to lose the names.
                if state[URLReverser.self].isEmpty { state[URLReverser.self] = reverser }
                self.state = state
            case .failed(let message): throw LifespanError(message)
            case .stopped: throw LifespanError("the lifespan application stopped before it had started")
            case .ended(let message):
                throw LifespanError(message ?? "the lifespan application ended before it had started")
            }
        } catch {
            task.cancel()
            throw error
        }
    }

    /// A runner that nobody holds cannot be asked to shut down any more: the application is told, in the background.
    deinit {
        events.finish(.shutdown)
    }

    /// Tells the application to clean up and waits for its answer. Further calls wait for the same answer.
    ///
    /// - Throws: ``LifespanError`` when it could not, or had failed before; `CancellationError` when the waiting task
    ///   is cancelled, and the application's task with it.
    public func shutdown() async throws {
        guard let task else { return }
        events.finish(.shutdown)
        do {
            switch try await answers.queue.next() {
            case .started, .stopped, .ended(nil): return
            case .failed(let message), .ended(let message?): throw LifespanError(message)
            }
        } catch {
            task.cancel()
            throw error
        }
    }
}

/// What the application answers; refuses answers that were not asked for.
private final class LifespanAnswers: EventSink {
    enum Answer: Sendable {
        case started(LifespanState)
        case stopped
        case failed(String)
        case ended(String?)
    }

    let queue = EventQueue<Answer>()
    private let awaitsStart = Mutex(true)

    func offer(_ event: Lifespan.Outbound) throws -> Bool {
        let accepted = awaitsStart.withLock { awaitsStart in
            switch event {
            case .startupComplete(let state) where awaitsStart:
                awaitsStart = false
                queue.push(.started(state))
                return true
            case .startupFailed(let message) where awaitsStart: return queue.finish(.failed(message))
            case .shutdownComplete where !awaitsStart: return queue.finish(.stopped)
            case .shutdownFailed(let message) where !awaitsStart: return queue.finish(.failed(message))
            default: return false
            }
        }
        guard accepted else { throw SendError(.wrongState, "the lifespan is not at a point for this answer") }
        return true
    }

    func writable() async throws {}

    /// The application's task is over.
    func end(_ error: (any Error)?) {
        queue.finish(.ended(error.map { "\($0)" }))
    }
}
