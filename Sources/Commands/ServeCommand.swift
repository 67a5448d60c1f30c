// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import SluiceChannelLayers
import SluiceCore
import SluiceServer
import SluiceWeb

#if Models
import SluiceModels
#endif

/// `serve`: runs the application until it is told to stop.
struct ServeCommand<App: SluiceApplication>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "serve", abstract: "Serve the application over HTTP and WebSocket.",
            discussion: """
                Prints one line for each listener when it accepts. TERM or INT stops gracefully: no new connections, \
                sockets closed with 1012, requests finished; a second one stops at once. HUP loads certificates again, as is done when a file changes.
                """)
    }

    @OptionGroup var app: App
    @OptionGroup var server: ServerOptions
    @OptionGroup var site: SiteOptions
    #if Models
    @OptionGroup var migrations: MigrationOptions
    #endif

    func run() async throws {
        let level = server.logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let clock = SystemTime()
        let (registry, prepared) = try app.prepare(site, clock: clock)
        var state = prepared
        state[HealthChecks.self].append(.channelLayers)
        #if Models
        state[HealthChecks.self].append(.databases)
        try await state.databases?.connect()
        #endif
        let readiness = Readiness()
        state[Readiness.self] = readiness
        let router = try registry.router()
        if site.development { state[KnownRoutes.self] = router.routes }

        var configuration = app.serverConfiguration
        try server.apply(to: &configuration)
        let listeners = try server.listeners()
        let running = Server(
            router: router, listeners: listeners, configuration: configuration,
            threads: server.threads, state: state, clock: clock)
        let process = ServedProcess(
            server: running, readiness: readiness, options: server, clock: clock)
        try await process.run {
            app.serving(on: $0)
            #if Models
            warnOfMigrations(state, registry)
            #endif
        }
        for layer in state[ChannelLayers.self].values { await layer.shutdown() }
        #if Models
        await state.databases?.close()
        #endif
    }

    #if Models
    /// Says which migrations a database lacks, once the application has started: it may have migrated it meanwhile.
    private func warnOfMigrations(_ state: LifespanState, _ registry: PluginRegistry) {
        guard let databases = state.databases else { return }
        Task { [app, migrations] in
            let logger = Logger(label: "sluice.migrations")
            do {
                let missing = try await UnappliedMigrations(
                    databases, migrations.history(of: app), steps: registry.values(for: .dataSteps), isServing: true)
                for line in missing.lines { logger.warning("\(line)") }
            } catch {
                logger.error("\(error)")
            }
        }
    }
    #endif
}
