// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import NIOPosix
import SluiceCore
import SluiceTLS

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Binds listeners and gives every accepted channel to the host.
struct Acceptor {
    let host: ApplicationHost
    let group: any EventLoopGroup

    private static let backlog: Int32 = 4_096

    /// A listener that accepts, and what it takes to end it.
    struct Open: Sendable {
        let channel: any Channel
        let bound: BoundListener
        fileprivate let file: UnixSocket?
        fileprivate let isInherited: Bool
        fileprivate let initialize: @Sendable (any Channel) -> EventLoopFuture<Void>
    }

    func bind(_ listener: Listener) async throws -> Open {
        let initialize = initializer(listener)
        let bootstrap = bootstrap(listener, initialize)
        let scheme = listener.tls == nil ? "http" : "https"
        do {
            switch listener.address {
            case .tcp(let name, let port):
                let channel = try await bootstrap.bind(host: name, port: port).get()
                let bound = BoundListener(scheme: scheme, host: name, port: channel.localAddress?.port ?? port)
                return Open(channel: channel, bound: bound, file: nil, isInherited: false, initialize: initialize)
            case .unix(let path):
                let (file, descriptor) = try UnixSocket.listening(
                    at: path, mode: listener.socketMode, takesOver: listener.isShared)
                let channel = try await bootstrap.withBoundSocket(descriptor).get()
                let bound = BoundListener(scheme: scheme, host: path, port: nil)
                return Open(channel: channel, bound: bound, file: file, isInherited: false, initialize: initialize)
            case .descriptor(let descriptor):
                try Self.checkListens(descriptor)
                let channel = try await bootstrap.withBoundSocket(descriptor).get()
                let address = channel.localAddress
                let bound = BoundListener(
                    scheme: scheme, host: address?.ipAddress ?? address?.pathname ?? "", port: address?.port)
                return Open(channel: channel, bound: bound, file: nil, isInherited: true, initialize: initialize)
            }
        } catch {
            throw ServerError(.cannotListen, "cannot listen on \(listener.address.text): \(reason(error))")
        }
    }

    /// Accepts no more, and refuses nobody: what the system has accepted for us until now is served.
    ///
    /// What comes later finds the next process, where one shares the address. (A handshake of TCP that the kernel has
    /// begun for this socket and not ended is lost in this moment, unless `net.ipv4.tcp_migrate_req` is set.)
    func close(_ listener: Open) async {
        let (channel, isInherited) = (listener.channel, listener.isInherited)
        let waiting = channel.eventLoop.submit {
            // The backlog of an inherited socket is its owner's, who goes on with it.
            let waiting = isInherited ? [] : try Self.acceptAll(channel)
            channel.close(promise: nil)
            return waiting
        }
        for descriptor in (try? await waiting.get()) ?? [] {
            let connection = ClientBootstrap(group: group)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.maxMessagesPerRead, value: 4)
                .channelOption(.recvAllocator, value: Self.readBuffers)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelInitializer(listener.initialize)
                .withConnectedSocket(descriptor)
            do { _ = try await connection.get() } catch { host.logger.debug("a connection was lost", error: error) }
        }
        try? await channel.closeFuture.get()
        listener.file?.remove()
    }

    /// A connection keeps the buffer of its last read: it begins with what most requests fit into, and grows with what
    /// comes, up to 64 KiB.
    private static let readBuffers = AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 1_024, maximum: 65_536)

    private func bootstrap(
        _ listener: Listener, _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> ServerBootstrap {
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(host))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(.recvAllocator, value: Self.readBuffers)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer(initialize)
        guard case .tcp = listener.address else { return bootstrap }
        bootstrap = bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        if listener.isShared {
            let option = NIOBSDSocket.Option(rawValue: SO_REUSEPORT)
            bootstrap = bootstrap.serverChannelOption(.socketOption(option), value: 1)
        }
        if listener.isIPv6Only {
            let option = ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only)
            bootstrap = bootstrap.serverChannelOption(option, value: 1)
        }
        return bootstrap
    }

    /// What makes a connection of an accepted channel.
    private func initializer(_ listener: Listener) -> @Sendable (any Channel) -> EventLoopFuture<Void> {
        let (host, tls) = (host, listener.tls)
        let timeout = TimeAmount.seconds(Int64(host.configuration.tlsHandshakeTimeout))
        // A socket that was taken over was bound to another name at first.
        let prepare: ScopePreparation? =
            if case .unix(let path) = listener.address {
                { scope in scope.server = Endpoint(host: path, port: nil) }
            } else { nil }
        return { channel in
            channel.eventLoop.makeCompletedFuture {
                if let tls {
                    let handler = try TLSHandler(
                        tls.current, handshakeTimeout: timeout, plainAnswer: Self.answerToPlainHTTP)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
                try host.addHandlers(to: channel, isSecure: tls != nil, prepare: prepare)
            }
        }
    }

    private static let answerToPlainHTTP: ByteBuffer = {
        let text = "400 Bad Request: this port speaks HTTPS\n"
        return ByteBuffer(
            string: """
                HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
                Content-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n\(text)
                """)
    }()

    // MARK: Descriptors

    /// On the channel's event loop.
    private static func acceptAll(_ channel: any Channel) throws -> [Int32] {
        var accepted: [Int32] = []
        _ = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            listening in
            while true {
                let descriptor = accept(listening, nil, nil)
                if descriptor >= 0 {
                    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                    accepted.append(descriptor)
                } else if errno != EINTR, errno != ECONNABORTED {
                    break
                }
            }
        }
        return accepted
    }

    /// - Throws: `IOError` for what is no listening socket.
    private static func checkListens(_ descriptor: Int32) throws {
        var (listens, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 else {
            throw IOError(errnoCode: errno, reason: "getsockopt")
        }
        guard listens != 0 else { throw IOError(errnoCode: EINVAL, reason: "getsockopt") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    private func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return String(cString: strerror(error.errnoCode)).lowercased()
    }
}

extension Listener.Address {
    fileprivate var text: String {
        switch self {
        case .tcp(let host, let port): "\(host) port \(port)"
        case .unix(let path): path
        case .descriptor(let descriptor): "descriptor \(descriptor)"
        }
    }
}

extension Logger {
    fileprivate func debug(_ message: Logger.Message, error: any Error) {
        debug(message, metadata: ["error": "\(error)"])
    }
}
