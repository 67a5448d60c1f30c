// SPDX-License-Identifier: Apache-2.0

#if Hummingbird
public import Hummingbird
public import HummingbirdCore
public import Logging
public import NIOCore
public import ServiceLifecycle

/// A Hummingbird application with a Sluice application in front of its routes: run it as any other one.
public struct MountedApplication<Responder: HTTPResponder>: ApplicationProtocol
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    let base: Hummingbird.Application<Responder>
    let mount: HummingbirdMount
    let site: MountedSite

    /// Builds what serves connections.
    public var server: HTTPServerBuilder { HTTPServerBuilder { [site] _ in site } }
    /// Hummingbird's routes.
    public var responder: Responder { base.responder }
    /// Where connections are served.
    public var eventLoopGroup: any EventLoopGroup { base.eventLoopGroup }
    /// Hummingbird's settings: address, name and what else its server looks at.
    public var configuration: ApplicationConfiguration { base.configuration }
    /// Hummingbird's logger.
    public var logger: Logger { base.logger }
    /// The application's services, and the mounted application's life.
    public var services: [any Service] { base.services + [MountedLife(mount: mount)] }
    /// The application's own, and behind them the start of the mounted application's lifespan.
    public var processesRunBeforeServerStart: [@Sendable @concurrent () async throws -> Void] {
        base.processesRunBeforeServerStart + [{ @concurrent in try await mount.start() }]
    }

    /// Tells the application that its server listens.
    @Sendable
    public func onServerRunning(_ channel: any Channel) async {
        await base.onServerRunning(channel)
    }
}

/// Ends the mounted application behind Hummingbird's server: services stop in the reverse of their order.
private struct MountedLife: Service {
    let mount: HummingbirdMount

    func run() async throws {
        // Cancelled or not, what was started is ended.
        try? await gracefulShutdown()
        mount.drain()
        try await mount.end()
    }
}
#endif
