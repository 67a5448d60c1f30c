// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Logging
import SluiceChannelLayers
import SluiceCore
import UnixSignals

#if Models
import SluiceModels
#endif

/// `worker`: does the work that plug-ins have contributed, for events of named channels.
struct WorkerCommand<App: SluiceApplication>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "worker", abstract: "Do the work for events of named channels.",
            discussion: """
                Prints one line when it takes events. Needs a channel layer that other processes reach, such as redis://…. \
                TERM or INT stops gracefully: nothing more is taken, and what is being done is finished.
                """)
    }

    @OptionGroup var app: App
    @OptionGroup var site: SiteOptions

    @Argument(help: "The channels; default all that there is work for.")
    var channels: [String] = []

    @Option(help: "Events of each channel that are worked on at once.")
    var slots = 8

    @Option(help: "Alias of the channel layer.")
    var layer = "default"

    @Option(help: "Seconds that a stop waits for work that is being done.")
    var drainSeconds = 10

    @Option(help: "Least level of the log: trace, debug, info, notice, warning, error, critical.")
    var logLevel = Logger.Level.info

    func validate() throws {
        guard slots > 0, drainSeconds >= 0 else { throw ValidationError("slots are above 0 and seconds not negative") }
    }

    func run() async throws {
        let level = logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let clock = SystemTime()
        let (registry, state) = try app.prepare(site, clock: clock)
        #if Models
        try await state.databases?.connect()
        #endif
        let lifespan = try await LifespanRunner(starting: try registry.router(), state: state)
        let router = ChannelNameRouter(registry.values(for: .work))
        let names = channels.isEmpty ? router.channels : channels.map(ChannelName.init(rawValue:))
        let channelLayer = lifespan.state.channelLayer(layer)
        let worker = try Worker(
            router, channels: names, layer: channelLayer, state: lifespan.state, slots: slots,
            drain: .seconds(drainSeconds), clock: clock)
        print("working on \(names.map(\.rawValue).joined(separator: ", "))")
        fflush(nil)
        let obey = Task {
            for await signal in signals {
                if worker.isStopping { Foundation.exit(signal == .sigint ? 130 : 143) }
                worker.stop()
            }
        }
        await worker.run()
        obey.cancel()
        try await lifespan.shutdown()
        for layer in lifespan.state[ChannelLayers.self].values { await layer.shutdown() }
        #if Models
        await state.databases?.close()
        #endif
    }
}
