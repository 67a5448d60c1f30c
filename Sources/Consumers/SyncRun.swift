// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceCore

/// Drives a synchronous consumer while its task is parked: event by event, on the connection's event loop.
///
/// What it cannot handle (an `async` handler, a gap, the end, an error) it holds for the task, which then goes on.
final class SyncRun: WakeDeputy, @unchecked Sendable {
    // Proof: the variables and the consumer are touched only in the connection's task and, while that is parked, in
    // `act()`, which the same executor calls on the same thread.
    private unowned let consumer: SyncConsumer
    private let runtime: ConsumerRuntime
    private let handlers: [Handler]
    private let socket: any EventSource<WebSocket.Inbound>
    private let queue: EventQueue<WebSocket.Inbound>?
    private let executor: any DeputyExecutor
    private let outbox: (any Outbox)?
    private var held: Held?
    private var fromSocket = false

    /// What the task is left to handle.
    enum Held {
        case event(MailboxEvent<WebSocket.Inbound>)
        case error(any Error)
    }

    init(
        _ consumer: SyncConsumer, _ runtime: ConsumerRuntime, _ handlers: [Handler],
        socket: any EventSource<WebSocket.Inbound>, executor: any DeputyExecutor
    ) {
        self.consumer = consumer
        self.runtime = runtime
        self.handlers = handlers
        self.socket = socket
        self.executor = executor
        outbox = consumer.scope.connection.outbox
        queue = socket as? EventQueue<WebSocket.Inbound>
    }

    /// The waker of the consumer's task.
    private(set) lazy var waker = Waker(deputy: self, on: executor)

    /// What is left to the task, once.
    func takeHeld() -> Held? {
        defer { held = nil }
        return held
    }

    /// Handles what has come. At most 64 events at a time, so that others have their turn.
    func act() {
        for _ in 0..<64 {
            // Whoever does not read is waited for, and only a task can wait.
            guard (outbox?.pressure ?? OutboxPressure.none) == OutboxPressure.none else { return waker.resume() }
            guard let event = poll() else {
                if rest() { return }
                continue
            }
            do {
                guard try handle(event) else {
                    held = .event(event)
                    return waker.resume()
                }
            } catch {
                held = .error(error)
                return waker.resume()
            }
        }
        executor.call(self)
    }

    /// - Returns: whether there is nothing to do until the next wake-up.
    private func rest() -> Bool {
        // In this order: a wake-up between the two calls this deputy again.
        guard waker.rest() else { return true }
        let armed =
            (queue?.arm(waker) ?? socket.arm(waker)) && runtime.inbox?.arm(waker) ?? true
            && runtime.work?.arm(waker) ?? true
        return armed || !waker.deputize()
    }

    /// The next event, of the socket and of the channel in turns.
    private func poll() -> MailboxEvent<WebSocket.Inbound>? {
        fromSocket.toggle()
        if fromSocket {
            if let event = pollSocket() { return .socket(event) }
            if let event = runtime.inbox?.poll() { return .inbox(event) }
        } else {
            if let event = runtime.inbox?.poll() { return .inbox(event) }
            if let event = pollSocket() { return .socket(event) }
        }
        return runtime.work?.poll().map { .work($0) }
    }

    private func pollSocket() -> WebSocket.Inbound? {
        if let queue { queue.poll() } else { socket.poll() }
    }

    /// - Returns: `false` for an event that the task must handle.
    private func handle(_ event: MailboxEvent<WebSocket.Inbound>) throws -> Bool {
        switch event {
        case .socket(.receive(let message)):
            try consumer.received(message)
            return true
        case .inbox(.event(let event)):
            for handler in handlers where event.holds(handler.eventType, named: handler.type) {
                guard let call = handler.call else { return false }
                runtime.event = event
                defer { runtime.event = nil }
                try call(consumer, event)
                return true
            }
            return false
        case .socket, .inbox, .work, .cancelled:
            return false
        }
    }
}
