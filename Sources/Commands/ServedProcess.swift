// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
public import SluiceCore
public import SluiceServer
public import SluiceWeb
import UnixSignals

/// A server as a process of the system: ready lines, signals, exit.
public struct ServedProcess: Sendable {
    private let server: Server
    private let readiness: Readiness
    private let options: ServerOptions
    private let clock: any TimeSource
    private let logger = Logger(label: "sluice")

    /// A process that has not started.
    ///
    /// - Parameters:
    ///   - readiness: turned off when a stop begins.
    public init(
        server: Server, readiness: Readiness, options: ServerOptions, clock: any TimeSource
    ) {
        self.server = server
        self.readiness = readiness
        self.options = options
        self.clock = clock
    }

    /// Starts, prints a line for each listener, and returns when a TERM or INT has been obeyed.
    ///
    /// - Parameter onReady: called with the addresses, such as `https://127.0.0.1:8443`, when their lines are printed.
    /// - Throws: what the start throws; then nothing runs.
    public func run(onReady: ([String]) -> Void = { _ in }) async throws {
        // Before the start, so that no signal is lost.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let addresses = try await server.start().map(\.description)
        for address in addresses { print("listening on \(address)") }
        fflush(nil)
        onReady(addresses)
        fflush(nil)
        var stopping: Task<Void, Never>?
        let (stopped, end) = AsyncStream.makeStream(of: Void.self)
        let obey = Task {
            for await signal in signals {
                switch signal {
                case .sighup:
                    server.reloadCertificates()
                case _ where stopping != nil:
                    logger.warning("stopped at once by a second signal")
                    exit(signal == .sigint ? 130 : 143)
                default:
                    logger.info("stopping", metadata: ["signal": "\(signal)"])
                    stopping = Task {
                        await stop()
                        end.finish()
                    }
                }
            }
        }
        for await _ in stopped {}
        obey.cancel()
    }

    private func stop() async {
        readiness.drain()
        if options.drainDelay > 0 { try? await clock.sleep(for: .seconds(options.drainDelay)) }
        await server.shutdown(within: .seconds(options.drainSeconds))
    }
}
