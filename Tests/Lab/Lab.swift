// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import Sluice

/// A bare server for conformance, abuse and load checks; no sign-in anywhere.
@main
struct Lab: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A bare server for conformance, abuse and load checks.", subcommands: [Serve.self])
}

extension Lab {
    struct Serve: AsyncParsableCommand {
        @OptionGroup var server: ServerOptions
        @OptionGroup var lab: LabOptions

        func run() async throws {
            let level = server.logLevel
            LoggingSystem.bootstrap { label in
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = level
                return handler
            }
            lab.apply()
            let clock = SystemTime()
            let statistics = LabStatistics()
            var state = LifespanState()
            let readiness = Readiness()
            state[Readiness.self] = readiness
            state[LabStatistics.self] = statistics
            state[LabOptions.Key.self] = lab
            let registry = try PluginRegistry([Health(), LabPlugin()])
            try lab.channelLayers().makeLayers(registry, clock: clock, in: &state)
            state[HealthChecks.self].append(.channelLayers)
            let router = try registry.router(state: state)
            let listeners = try server.listeners()
            let configuration = try lab.configuration(server)
            switch lab.server {
            case .own:
                let running = Server(
                    router: router, listeners: listeners, configuration: configuration, threads: server.threads,
                    state: state, clock: clock)
                statistics.measure { running.host }
                try await ServedProcess(
                    server: running, readiness: readiness, options: server, clock: clock
                ).run()
                for layer in state[ChannelLayers.self].values { await layer.shutdown() }
            case .nio:
                try await BareServer(
                    router: router, listeners: listeners, configuration: configuration, state: state,
                    readiness: readiness
                )
                .run(statistics, options: server)
            #if Hummingbird
            case .hummingbird:
                try await HummingbirdServer(
                    router: router, listeners: listeners, configuration: configuration, state: state,
                    readiness: readiness
                )
                .run(statistics, options: server)
            #endif
            }
        }
    }
}
