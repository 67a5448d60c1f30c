// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// Serves WebSocket connections with a consumer each (Channels' `as_asgi`).
public struct ConsumerApplication: Application {
    let make: @Sendable (ConsumerContext) -> Consumer
    let type: Consumer.Type
    let handlers: [Handler]

    /// Serves with instances of a class: `ConsumerApplication(ChatConsumer.init)`.
    ///
    /// - Parameter make: called once for each connection, in that connection's task.
    public init<C: Consumer>(_ make: @escaping @Sendable (ConsumerContext) -> C) {
        self.make = make
        type = C.self
        handlers = C.handlers
    }

    /// Runs one consumer from its connect to its disconnect.
    public func callAsFunction(scope: Scope, receive: Receive<WebSocket>, send: Send<WebSocket>) async throws {
        let statistics = scope.state[ConsumerStatistics.self]
        let runtime = ConsumerRuntime(scope: scope, type: type)
        statistics.created()
        defer { statistics.ended() }
        let consumer = make(ConsumerContext(scope: scope, outbox: send, runtime: runtime))
        // Filters are asynchronous, and what they stand around runs in the task.
        var sync: SyncRun?
        if let consumer = consumer as? SyncConsumer, runtime.filters.isEmpty,
            let executor = scope.connection.executor as? any DeputyExecutor
        {
            sync = SyncRun(consumer, runtime, handlers, socket: receive.source, executor: executor)
        }
        let waker = sync?.waker ?? Waker()
        var run = ConsumerRun(
            consumer: consumer, runtime: runtime, handlers: handlers, groups: type.groups, statistics: statistics,
            sync: sync, mailbox: Mailbox(socket: receive.source, waker: waker))
        try await withTaskCancellationHandler {
            try await run.run()
        } onCancel: {
            waker.cancel()
        }
    }
}
