// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore

/// A connection that is made again whenever it is lost, and asked whether it lives when nothing else is asked.
///
/// All of it is used on its event loop alone.
final class RedisLink {
    enum State {
        case down(RedisError)
        case up(RedisConnection)
    }

    /// How long nothing may come for what was asked, until the link counts as down, and until it is made again.
    struct Patience: Sendable {
        var silence: TimeAmount = .seconds(2)
        var loss: TimeAmount = .seconds(10)
        var connect: TimeAmount = .seconds(5)
    }

    private let connector: RedisConnector
    private let name: String
    private let loop: any EventLoop
    private let patience: Patience
    private let logger: Logger
    private(set) var state = State.down(RedisError(.connection, "not connected yet"))
    /// Whether what was asked has not been answered for longer than ``Patience/silence``.
    private(set) var isSilent = false
    private var attempts = 0
    private var upSince = NIODeadline.now()
    private var isStopped = false
    private var isConnecting = false
    private var ticks: RepeatedTask?
    private(set) var reconnects = 0
    /// Whether an attempt to connect has failed.
    private(set) var hasFailed = false

    var onUp: (RedisConnection) -> Void = { _ in }
    var onDown: (RedisError) -> Void = { _ in }
    /// The link has become silent, or speaks again.
    var onSilence: () -> Void = {}
    var onPush: ([RESPValue]) -> Void = { _ in }

    init(_ connector: RedisConnector, name: String, loop: any EventLoop, patience: Patience, logger: Logger) {
        self.connector = connector
        self.name = name
        self.loop = loop
        self.patience = patience
        self.logger = logger
    }

    var connection: RedisConnection? {
        if case .up(let connection) = state { connection } else { nil }
    }

    func start() {
        connect()
        let bound = NIOLoopBound(self, eventLoop: loop)
        ticks = loop.scheduleRepeatedTask(
            initialDelay: .milliseconds(250), delay: .milliseconds(250)
        ) { _ in bound.value.tick() }
    }

    func stop() {
        isStopped = true
        ticks?.cancel()
        ticks = nil
        connection?.close(RedisError(.closed, "the channel layer was shut down"))
        (onUp, onDown, onSilence, onPush) = ({ _ in }, { _ in }, {}, { _ in })
    }

    /// Gives a connection up that answers, but is not what is wanted, such as one to a replica.
    func reconnect(_ reason: RedisError) {
        connection?.close(reason)
    }

    private func connect() {
        guard !isStopped, !isConnecting else { return }
        isConnecting = true
        connector.connect(
            on: loop, name: name, timeout: patience.connect, onPush: { [self] in onPush($0) },
            onClose: { [self] in lost($0) }
        ) { [self] result in
            isConnecting = false
            switch result {
            case .success(let connection) where isStopped:
                connection.close(RedisError(.closed, "the channel layer was shut down"))
            case .success(let connection):
                upSince = .now()
                isSilent = false
                state = .up(connection)
                logger.info("connected to Redis", metadata: ["link": "\(name)", "server": "\(connector.url.name)"])
                onUp(connection)
            case .failure(let error):
                hasFailed = true
                if attempts == 0 { logger.warning("Redis cannot be reached", metadata: ["error": "\(error)"]) }
                state = .down(error)
                onDown(error)
                retry()
            }
        }
    }

    private func lost(_ error: RedisError) {
        guard case .up = state else { return }
        state = .down(error)
        isSilent = false
        reconnects += 1
        // A server that takes connections and is not usable, such as one that reads its data, is asked ever more seldom.
        if NIODeadline.now() - upSince > .seconds(1) { attempts = 0 }
        if !isStopped { logger.warning("lost Redis", metadata: ["link": "\(name)", "error": "\(error)"]) }
        onDown(error)
        retry()
    }

    /// At once the first time, then with pauses that double up to 400 ms, each cut by chance so that not all processes come
    /// in the same moment.
    private func retry() {
        guard !isStopped else { return }
        let longest = Int64(25) << min(attempts, 4)
        attempts += 1
        let pause = TimeAmount.milliseconds(.random(in: 0...longest))
        loop.assumeIsolated().scheduleTask(in: pause) { [self] in connect() }
    }

    private func tick() {
        guard let connection else { return }
        connection.expire()
        if connection.isIdle, NIODeadline.now() - connection.lastHeard > .milliseconds(750) {
            connection.send(RedisCommand("PING"), timeout: patience.loss) { _ in }
        }
        let silence = connection.silence
        if silence > patience.loss {
            return connection.close(
                RedisError(.timedOut, "Redis has not answered for \(silence.nanoseconds / 1_000_000) ms"))
        }
        if isSilent != (silence > patience.silence) {
            isSilent.toggle()
            onSilence()
        }
    }
}
