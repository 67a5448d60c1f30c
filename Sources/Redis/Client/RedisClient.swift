// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import NIOPosix
public import SluiceCore
import Synchronization

/// One connection to a Redis server for what applications keep there: ``RedisCache``, ``RedisSessions``.
///
/// Commands of all tasks share it, one behind the other without waiting for answers. A connection that is lost is made
/// again; commands are refused meanwhile, and never sent twice. It lives until ``shutdown()``.
public final class RedisClient: Sendable {
    /// How long an answer may take: 3 s.
    static let answerTimeout = TimeAmount.seconds(3)
    /// How long commands wait for the first connection: 5 s.
    static let startTimeout = TimeAmount.seconds(5)
    /// How many bytes of commands may wait for their answers: 32 MiB.
    static let waitingLimit = 32 << 20

    private let engine: RedisClientEngine
    private let waiting = Atomic<Int>(0)

    /// A client that connects in the background.
    ///
    /// - Parameter url: in the forms of ``RedisURL``; without settings of channel layers.
    /// - Throws: ``RedisError`` with `invalidURL`; `TLSError` for a file of authorities that cannot be read.
    public init(_ url: String) throws {
        let url = try RedisURL(url)
        if let option = url.options.keys.min() {
            throw RedisError(.invalidURL, "there is no setting '\(option)' of a Redis server")
        }
        engine = RedisClientEngine(
            try RedisConnector(url), server: url.name, loop: MultiThreadedEventLoopGroup.singleton.next())
        engine.loop.execute { [engine] in engine.start() }
    }

    deinit {
        engine.loop.execute { [engine] in engine.stop() }
    }

    /// Ends the connection; who waits for an answer is refused, and so is every command from now on.
    public func shutdown() async {
        await withCheckedContinuation { continuation in
            engine.loop.execute { [engine] in
                engine.stop()
                continuation.resume()
            }
        }
    }

    /// Sends a command and waits for its answer.
    ///
    /// - Throws: ``RedisError``: `connection`, `timedOut`, `refused`, `busy`, `closed`. Whether the command was done is
    ///   not known but for `refused` and `busy`.
    func run(_ command: RedisCommand) async throws -> RESPValue {
        let size = command.encoded.readableBytes
        let before = waiting.wrappingAdd(size, ordering: .relaxed).oldValue
        defer { waiting.wrappingSubtract(size, ordering: .relaxed) }
        // One large command passes when nothing else waits.
        guard before == 0 || before + size <= Self.waitingLimit else {
            throw RedisError(.busy, "more than \(Self.waitingLimit >> 20) MiB wait for Redis")
        }
        return try await withCheckedThrowingContinuation { continuation in
            engine.loop.execute { [engine] in engine.send(command) { continuation.resume(with: $0) } }
        }
    }
}

/// What a client has on its event loop.
final class RedisClientEngine: @unchecked Sendable {
    // Proof: constants, and variables that are touched on `loop` alone.
    let loop: any EventLoop
    private let link: RedisLink
    private var isStarting = true
    private var isStopped = false
    private var waiters: [() -> Void] = []

    init(_ connector: RedisConnector, server: String, loop: any EventLoop) {
        self.loop = loop
        var logger = Logger(label: "sluice.redis")
        logger[metadataKey: "server"] = "\(server)"
        link = RedisLink(
            connector, name: "sluice-client", loop: loop, patience: RedisLink.Patience(), logger: logger)
    }

    func start() {
        link.onUp = { [weak self] _ in self?.started() }
        link.onDown = { [weak self] _ in self?.started() }
        link.start()
        loop.assumeIsolated().scheduleTask(in: RedisClient.startTimeout) { [weak self] in self?.started() }
    }

    func stop() {
        isStopped = true
        link.stop()
        started()
    }

    func send(_ command: RedisCommand, answer: @escaping RedisConnection.Answer) {
        if isStarting {
            waiters.append { [self] in send(command, answer: answer) }
        } else if isStopped {
            answer(.failure(RedisError(.closed, "the client was shut down")))
        } else {
            switch link.state {
            case .up(let connection): connection.send(command, timeout: RedisClient.answerTimeout, answer: answer)
            case .down(let error): answer(.failure(error))
            }
        }
    }

    private func started() {
        isStarting = false
        let waiters = self.waiters
        self.waiters = []
        for waiter in waiters { waiter() }
    }
}

extension RedisError: ApplicationError {
    /// A server that is away or slow is answered with 503, anything else with 500.
    public var disposition: ErrorDisposition {
        switch code {
        case .connection, .timedOut, .busy, .closed: .unavailable
        default: .internalError
        }
    }
}
