// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Logging
import NIOCore
import NIOPosix
import Sluice
import SluiceTLS

/// A SwiftNIO server that is not Sluice's: a bootstrap as anybody writes it, with the application mounted in its
/// pipeline by one call. It has no graceful stop of its own; the process ends it.
struct BareServer {
    let router: ProtocolTypeRouter
    let listeners: [Listener]
    let configuration: ServerConfiguration
    let state: LifespanState
    let readiness: Readiness

    func run(_ statistics: LabStatistics, options: ServerOptions) async throws {
        let terminated = LabSignals.termination()
        let reloading = LabSignals.reloading(listeners)
        defer { reloading.cancel() }
        let lifespan = try await LifespanRunner(starting: router, state: state)
        let host = ApplicationHost(router: router, state: lifespan.state, configuration: configuration)
        statistics.measure { host }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.threads ?? System.coreCount)
        var channels: [any Channel] = []
        for listener in listeners {
            guard case .tcp(let name, let port) = listener.address else { continue }
            let tls = listener.tls
            let bootstrap = ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1_024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let tls { try channel.pipeline.syncOperations.addHandler(TLSHandler(tls.current)) }
                        try host.addHandlers(to: channel, isSecure: tls != nil)
                    }
                }
            let channel = try await bind(bootstrap, name, port)
            channels.append(channel)
            print("listening on \(tls == nil ? "http" : "https")://\(name):\(channel.localAddress?.port ?? port)")
        }
        fflush(nil)
        for await _ in terminated {}
        readiness.drain()
        if options.drainDelay > 0 { try await Task.sleep(for: .seconds(options.drainDelay)) }
        for channel in channels { try? await channel.close() }
        host.drain(within: .seconds(options.drainSeconds))
        for _ in 0..<(options.drainSeconds * 100) where host.isBusy { try await Task.sleep(for: .milliseconds(10)) }
        try await lifespan.shutdown()
        try await group.shutdownGracefully()
    }

    private func bind(_ bootstrap: ServerBootstrap, _ host: String, _ port: Int) async throws -> any Channel {
        do {
            return try await bootstrap.bind(host: host, port: port).get()
        } catch let error as IOError {
            throw SettingError("cannot listen on \(host) port \(port): \(String(cString: strerror(error.errnoCode)))")
        }
    }
}
