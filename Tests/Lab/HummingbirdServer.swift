// SPDX-License-Identifier: Apache-2.0

#if Hummingbird
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Sluice
import SluiceHummingbird

/// A Hummingbird application with the Lab mounted in front of its routes.
struct HummingbirdServer {
    let router: ProtocolTypeRouter
    let listeners: [Listener]
    let configuration: SluiceServer.ServerConfiguration
    let state: LifespanState
    let readiness: Readiness

    func run(_ statistics: LabStatistics, options: ServerOptions) async throws {
        let terminated = LabSignals.termination()
        let reloading = LabSignals.reloading(listeners)
        defer { reloading.cancel() }
        let mount = HummingbirdMount(
            router, state: state, configuration: configuration, drainTime: .seconds(options.drainSeconds))
        statistics.measure { mount.host }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.threads ?? System.coreCount)
        let applications = listeners.map { application(mount, $0, group) }
        let services = ServiceGroup(services: applications, logger: Logger(label: "lab"))
        let stopping = Task {
            for await _ in terminated {}
            readiness.drain()
            if options.drainDelay > 0 { try await Task.sleep(for: .seconds(options.drainDelay)) }
            await services.triggerGracefulShutdown()
        }
        defer { stopping.cancel() }
        do {
            try await services.run()
        } catch let error as IOError {
            throw SettingError("cannot listen: \(String(cString: strerror(error.errnoCode)))")
        }
        try await group.shutdownGracefully()
    }

    /// Routes of Hummingbird's own, and the mounted application in front of them, on one address.
    private func application(
        _ mount: HummingbirdMount, _ listener: Listener, _ group: MultiThreadedEventLoopGroup
    ) -> MountedApplication<RouterResponder<BasicRequestContext>> {
        let routes = Hummingbird.Router()
        routes.get("hummingbird") { _, _ in "Hello from Hummingbird!" }
        var (name, port) = ("127.0.0.1", 0)
        if case .tcp(let host, let number) = listener.address { (name, port) = (host, number) }
        let scheme = listener.tls == nil ? "http" : "https"
        return Hummingbird.Application(
            router: routes,
            configuration: ApplicationConfiguration(address: .hostname(name, port: port)),
            onServerRunning: { [name, port] channel in
                print("listening on \(scheme)://\(name):\(channel.localAddress?.port ?? port)")
                fflush(nil)
            },
            eventLoopGroupProvider: .shared(group)
        )
        .mounting(mount, tls: listener.tls)
    }
}
#endif
