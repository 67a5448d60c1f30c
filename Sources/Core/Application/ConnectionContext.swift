// SPDX-License-Identifier: Apache-2.0

public import Logging

/// What a connection's task runs on and with: given by the server or host, since a host may have no event loop.
public struct ConnectionContext: Sendable {
    /// Where the connection's task runs: its event loop, or `nil` for Swift's own pool.
    public var executor: (any TaskExecutor)?
    /// The connection's writer as others see it; `nil` where nothing is queued.
    public var outbox: (any Outbox)?
    /// The application's clock.
    public var clock: any TimeSource
    /// The connection's logger; carries the connection's id.
    public var logger: Logger

    /// All fields.
    public init(
        executor: (any TaskExecutor)? = nil, outbox: (any Outbox)? = nil, clock: any TimeSource = SystemTime(),
        logger: Logger = Logger(label: "sluice")
    ) {
        self.executor = executor
        self.outbox = outbox
        self.clock = clock
        self.logger = logger
    }
}

/// A connection's writer as channel layers and other foreign writers see it.
public protocol Outbox: AnyObject, Sendable {
    /// Whether the client has not drained what was sent: the byte budget is full (default 1 MiB), or nothing was
    /// taken for 5 s. While it is stalled, layer events are under the consumer's overflow policy.
    var isStalled: Bool { get }

    /// Closes the connection from any task, without waiting for what is queued.
    func close(code: WebSocketCloseCode, reason: String)

    /// Calls an action once, when the peer has gone or the connection was closed; at once if it was before.
    ///
    /// For what must not wait until a running handler has returned, such as leaving groups.
    func onEnd(_ action: @escaping @Sendable () -> Void)
}
