// SPDX-License-Identifier: Apache-2.0

public import SluiceCore
import Synchronization

/// Drives an application of any kind without a server: puts events in, takes events out (asgiref's
/// `ApplicationCommunicator`).
///
/// The application runs in a task of its own from the start, and is cancelled when the communicator goes.
public final class ApplicationCommunicator<Kind: ConnectionKind>: Sendable {
    /// What the application was called with.
    public let scope: Scope

    let input: EventQueue<Kind.Inbound>
    private let output: EventQueue<ApplicationOutput<Kind.Outbound>>
    private let ending: EventQueue<ApplicationEnding>
    private let cancellation = Mutex<String?>(nil)
    private let task: Task<Void, Never>

    /// Starts an application.
    public convenience init(_ application: any Application<Kind>, scope: Scope) {
        let output = EventQueue<ApplicationOutput<Kind.Outbound>>()
        self.init(application, scope: scope, input: EventQueue(), output: output, sink: CollectingSink(output)) { _ in }
    }

    /// - Parameter onEnd: called when the application has ended, before whoever awaits its events is told.
    init(
        _ application: any Application<Kind>, scope: Scope, input: EventQueue<Kind.Inbound>,
        output: EventQueue<ApplicationOutput<Kind.Outbound>>, sink: any EventSink<Kind.Outbound>,
        onEnd: @escaping @Sendable ((any Error)?) -> Void
    ) {
        let ending = EventQueue<ApplicationEnding>()
        self.scope = scope
        self.input = input
        self.output = output
        self.ending = ending
        task = scope.state[TaskLocalBindings.self].bind {
            Task(executorPreference: scope.connection.executor) {
                var failure: (any Error)?
                do {
                    try await application(scope: scope, receive: Receive(input), send: Send(sink))
                } catch {
                    failure = error
                }
                onEnd(failure)
                output.finish(.ended(failure))
                ending.finish(ApplicationEnding(error: failure))
            }
        }
    }

    deinit { task.cancel() }

    /// Puts an event in (`send_input`).
    public func sendInput(_ event: Kind.Inbound) {
        input.push(event)
    }

    /// Puts the last event in, which the application finds on every later receive.
    public func finishInput(_ event: Kind.Inbound) {
        input.finish(event)
    }

    /// Takes the next event that the application sends (`receive_output`).
    ///
    /// - Throws: what the application threw; ``CommunicatorError`` with `ended` when it returned, or with `timedOut`
    ///   when it was silent: it is cancelled then.
    public func receiveOutput(
        timeout: Duration = .seconds(1), awaiting what: String = "an event of the application"
    ) async throws -> Kind.Outbound {
        switch try await output.next(within: timeout) {
        case .event(let event): return event
        case .ended(let error?): throw cancelled() ?? error
        case .ended(nil):
            throw cancelled() ?? CommunicatorError(.ended, "\(what) was awaited, but the application returned")
        case nil: throw giveUp("\(what) was awaited, but nothing came within \(timeout)")
        }
    }

    /// Whether the application sends nothing for a while (`receive_nothing`). What comes is kept for the next receive.
    public func receiveNothing(for duration: Duration = .milliseconds(100)) async -> Bool {
        _ = await output.waits(for: duration)
        return output.count == 0
    }

    /// Waits until the application has returned (`wait`).
    ///
    /// - Throws: what the application threw; ``CommunicatorError`` with `timedOut` when it goes on: it is cancelled
    ///   then; with `cancelled` when it was cancelled before for its silence.
    public func wait(timeout: Duration = .seconds(1)) async throws {
        guard let ending = try await ending.next(within: timeout) else {
            throw giveUp("the application's end was awaited, but it still runs after \(timeout)")
        }
        if let error: any Error = cancelled() ?? ending.error { throw error }
    }

    /// Cancels the application and waits until it has ended, with whatever error (`stop`).
    ///
    /// - Throws: ``CommunicatorError`` with `timedOut` when it does not end.
    public func stop(timeout: Duration = .seconds(1)) async throws {
        task.cancel()
        guard try await ending.next(within: timeout) != nil else {
            throw CommunicatorError(.timedOut, "the application was cancelled, but still runs after \(timeout)")
        }
    }

    /// Whether the application has ended.
    public var isEnded: Bool { ending.poll() != nil }

    private func giveUp(_ message: String) -> CommunicatorError {
        cancellation.withLock { if $0 == nil { $0 = message } }
        task.cancel()
        return CommunicatorError(.timedOut, message + "; the application was cancelled")
    }

    private func cancelled() -> CommunicatorError? {
        cancellation.withLock { $0 }.map { CommunicatorError(.cancelled, "the application was cancelled: \($0)") }
    }
}
