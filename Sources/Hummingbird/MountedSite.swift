// SPDX-License-Identifier: Apache-2.0

#if Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import SluiceCore
import SluiceServer
import SluiceTLS

/// What serves the connections of one Hummingbird application: Sluice's handlers.
struct MountedSite: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let channel: any Channel
    }

    let mount: HummingbirdMount
    let routes: HummingbirdRoutes
    let tls: TLSContextStore?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            do {
                try addHandlers(to: channel)
            } catch {
                // Nobody else would: it is not the server's before it is set up.
                channel.close(promise: nil)
                throw error
            }
            return Value(channel: channel)
        }
    }

    private func addHandlers(to channel: any Channel) throws {
        // The server listens when the application has started.
        guard let host = mount.host else { throw ChannelError.inappropriateOperationForState }
        if let tls { try channel.pipeline.syncOperations.addHandler(TLSHandler(tls.current)) }
        try host.addHandlers(to: channel, isSecure: tls != nil) { [routes] scope in
            scope[HostingServer.self] = HostingServer(channel: channel, routes: routes)
        }
    }

    /// Lasts as long as the connection, which is what the server waits for when it stops.
    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                try? await value.channel.closeFuture.get()
            } onGracefulShutdown: {
                mount.drain()
            }
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }
}

/// What a scope knows of the Hummingbird application that its connection came to.
struct HostingServer: ScopeKey {
    static var defaultValue: HostingServer? { nil }

    let channel: any Channel
    let routes: HummingbirdRoutes
}
#endif
