// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Logging
import SluiceChannelLayers
import SluiceCore
import SluiceServer
import SluiceWeb

/// `serve`: runs the application until it is told to stop.
struct ServeCommand<App: SluiceApplication>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "serve", abstract: "Serve the application over HTTP and WebSocket.",
            discussion: """
                Prints one line for each listener when it accepts. TERM or INT stops gracefully: no new connections, \
                sockets closed with 1012, requests finished; a second one stops at once. HUP loads certificates again.
                """)
    }

    @OptionGroup var app: App
    @OptionGroup var server: ServerOptions
    @OptionGroup var site: SiteOptions

    func run() async throws {
        let level = server.logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let clock = SystemTime()
        let registry = try PluginRegistry(app.plugins)
        var state = LifespanState()
        state[SecretKeys.self] = try secretKeys()
        state.setChannelLayer(try registry.channelLayer(site.channelLayerURL, clock: clock))
        state[HealthChecks.self].append(.channelLayer)
        let readiness = Readiness()
        state[Readiness.self] = readiness
        let router = try registry.router()
        state[TemplateSearch.self] = TemplateSearch(registry)
        state[DevelopmentMode.self] = site.development
        if site.development { state[KnownRoutes.self] = router.routes }

        var configuration = app.serverConfiguration
        configuration.accessLog = server.accessLog
        let listeners = try server.listeners()
        let running = Server(
            router: router, listeners: listeners, configuration: configuration,
            threads: server.threads, state: state, clock: clock)
        let process = ServedProcess(
            server: running, readiness: readiness, options: server, listeners: listeners, clock: clock)
        try await process.run { app.serving(on: $0) }
        await state.channelLayer().shutdown()
    }

    private func secretKeys() throws -> SecretKeys {
        let folder = (site.secretPath as NSString).deletingLastPathComponent
        if !folder.isEmpty {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw SettingError("cannot make the folder '\(folder)' for the secret: \(error.localizedDescription)")
            }
        }
        return try SecretKeys(file: site.secretPath)
    }
}

extension HealthCheck {
    /// Whether the default layer's broker answers.
    fileprivate static let channelLayer = HealthCheck("channel-layer") { state in
        switch state.channelLayer().health {
        case .up: nil
        case .down(let reason): reason
        }
    }
}
