// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import NIOPosix
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

    func bind(_ listener: Listener) async throws -> (any Channel, BoundListener) {
        let (host, tls) = (host, listener.tls)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(host))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(TLSHandler(tls.current)) }
                    try host.addHandlers(to: channel, isSecure: tls != nil)
                }
            }
        let scheme = tls == nil ? "http" : "https"
        do {
            switch listener.address {
            case .tcp(let name, let port):
                let channel = try await bootstrap.bind(host: name, port: port).get()
                return (channel, BoundListener(scheme: scheme, host: name, port: channel.localAddress?.port ?? port))
            case .unix(let path):
                guard !(await isServed(path)) else { throw IOError(errnoCode: EADDRINUSE, reason: "bind") }
                let channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
                    .get()
                return (channel, BoundListener(scheme: scheme, host: path, port: nil))
            }
        } catch {
            throw ServerError(.cannotListen, "cannot listen on \(listener.address.text): \(reason(error))")
        }
    }

    /// Whether somebody answers at a unix socket's path: what nobody does is left over, and replaced.
    private func isServed(_ path: String) async -> Bool {
        guard let channel = try? await ClientBootstrap(group: group).connect(unixDomainSocketPath: path).get() else {
            return false
        }
        try? await channel.close()
        return true
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
        }
    }
}
