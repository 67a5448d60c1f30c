// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import SluiceTLS

/// Makes connections that are signed in and speak RESP3.
struct RedisConnector: Sendable {
    let url: RedisURL
    let tls: TLSContext?

    /// - Throws: ``TLSError`` for a file of authorities that cannot be read.
    init(_ url: RedisURL) throws(TLSError) {
        self.url = url
        tls = if let trust = url.trust { try TLSContext.client(trust: trust) } else { nil }
    }

    /// Connects, on the loop, and signs in.
    ///
    /// - Parameters:
    ///   - name: what `CLIENT LIST` shows.
    ///   - done: called once, on the loop.
    func connect(
        on loop: any EventLoop, name: String, timeout: TimeAmount, onPush: @escaping ([RESPValue]) -> Void,
        onClose: @escaping (RedisError) -> Void, done: @escaping (Result<RedisConnection, RedisError>) -> Void
    ) {
        let isolated = loop.assumeIsolated()
        let attempt = ConnectionAttempt(done, onClose)
        let connection = RedisConnection(onPush: onPush) { attempt.closed($0) }
        let bound = NIOLoopBound(connection, eventLoop: loop)
        let (url, tls) = (url, tls)
        let limit = isolated.scheduleTask(in: timeout) {
            connection.close(RedisError(.timedOut, "\(url.name) did not answer"))
            attempt.fail(RedisError(.timedOut, "\(url.name) did not answer"))
        }
        attempt.onDone = { limit.cancel() }
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(TLSHandler(tls, serverName: Self.host(url)))
                    }
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        let connected =
            switch url.address {
            case .tcp(let host, let port):
                bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1).connect(host: host, port: port)
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        connected.assumeIsolated().whenComplete { result in
            switch result {
            case .failure(let error): attempt.fail(RedisError(.connection, "\(url.name) cannot be reached: \(error)"))
            case .success:
                greet(connection, name) { greeted in
                    attempt.finish(greeted.map { connection })
                    if case .failure(let error) = greeted { connection.close(error) }
                }
            }
        }
    }

    private static func host(_ url: RedisURL) -> String? {
        if case .tcp(let host, _) = url.address { host } else { nil }
    }

    /// `HELLO 3` with user and password, the connection's name, the database. A replica is refused.
    private func greet(
        _ connection: RedisConnection, _ name: String, done: @escaping (Result<Void, RedisError>) -> Void
    ) {
        var hello: [RedisCommand.Word] = ["HELLO", "3"]
        if let password = url.password {
            hello += ["AUTH", .text(url.user ?? "default"), .text(password)]
        }
        hello += ["SETNAME", .text(name)]
        let (server, database) = (url.name, url.database)
        connection.send(RedisCommand(hello), timeout: .seconds(10)) { answer in
            switch answer {
            case .failure(let error):
                return done(.failure(RedisError(error.code, "\(server) does not let us in: \(error)")))
            // What is published there, nobody else hears; the address may lead to the new master in a moment.
            case .success(let about) where about["role"]?.text == "replica":
                return done(.failure(RedisError(.connection, "\(server) is a replica")))
            case .success: break
            }
            guard database != 0 else { return done(.success(())) }
            connection.send(RedisCommand("SELECT", .number(database)), timeout: .seconds(10)) { answer in
                done(answer.map { _ in () })
            }
        }
    }
}

/// Says once how an attempt ended, and later that the connection was lost.
private final class ConnectionAttempt {
    private var done: ((Result<RedisConnection, RedisError>) -> Void)?
    private let onClose: (RedisError) -> Void
    var onDone: (() -> Void)?

    init(_ done: @escaping (Result<RedisConnection, RedisError>) -> Void, _ onClose: @escaping (RedisError) -> Void) {
        self.done = done
        self.onClose = onClose
    }

    func finish(_ result: Result<RedisConnection, RedisError>) {
        guard let done else { return }
        self.done = nil
        onDone?()
        onDone = nil
        done(result)
    }

    func fail(_ error: RedisError) {
        finish(.failure(error))
    }

    func closed(_ error: RedisError) {
        if done != nil { fail(error) } else { onClose(error) }
    }
}
