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
    /// The connection's logger; carries the connection's id. It is made when it is asked for: most connections never log
    /// anything, and metadata takes half a kilobyte.
    public var logger: Logger {
        get {
            guard let id else { return base }
            var logger = base
            logger[metadataKey: "connection"] = "\(id)"
            return logger
        }
        set {
            base = newValue
            id = nil
        }
    }

    private var base: Logger
    private var id: UInt32?

    /// All fields.
    ///
    /// - Parameters:
    ///   - logger: what ``logger`` is made of.
    ///   - id: the connection's, which the logger carries as `connection`; `nil` when it does already, or has none.
    public init(
        executor: (any TaskExecutor)? = nil, outbox: (any Outbox)? = nil, clock: any TimeSource = SystemTime(),
        logger: Logger = Logger(label: "sluice"), id: UInt32? = nil
    ) {
        self.executor = executor
        self.outbox = outbox
        self.clock = clock
        base = logger
        self.id = id
    }
}

/// A connection's writer as channel layers and other foreign writers see it.
public protocol Outbox: AnyObject, Sendable {
    /// How far the client is behind; read by channel layers for every event, so it is a number, not a question to the
    /// event loop.
    var pressure: OutboxPressure { get }

    /// Writes a message that many connections get, in order with the connection's own sends. Never waits: what the
    /// client does not read is queued, and the caller has looked at ``pressure``.
    func broadcast(_ message: SharedMessage)

    /// Calls an action once, when the client reads again (``pressure`` falls) or the connection has ended; soon, when
    /// there is no pressure now.
    ///
    /// For what waits to be written: it goes before what the connection's own sends wait with.
    func onRelief(_ action: @escaping @Sendable () -> Void)

    /// Closes the connection from any task, without waiting for what is queued.
    func close(code: WebSocketCloseCode, reason: String)

    /// Calls an action once, when the peer has gone or the connection was closed; at once if it was before.
    ///
    /// For what must not wait until a running handler has returned, such as leaving groups.
    func onEnd(_ action: @escaping @Sendable () -> Void)
}

/// How far a client is behind in reading what it was sent.
public enum OutboxPressure: UInt8, Sendable, Comparable {
    /// What is queued is within the budget (default 1 MiB).
    case none
    /// The budget is full: the connection's own sends wait, and layer events that fit into no inbox any more are under
    /// the consumer's overflow policy.
    case full
    /// Nothing was drained for 5 s: every layer event is under the policy.
    case stalled

    /// Less pressure before more.
    public static func < (left: OutboxPressure, right: OutboxPressure) -> Bool {
        left.rawValue < right.rawValue
    }
}
