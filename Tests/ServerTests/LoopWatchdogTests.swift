// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import NIOEmbedded
import SluiceCore
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("The loop watchdog")
struct LoopWatchdogTests {
    private let clock = VirtualTime()
    private let lines = Notes()
    private let executor = EventLoopExecutor(EmbeddedEventLoop())

    private func watchdog() -> LoopWatchdog {
        let logger = Logger(label: "test") { [lines] _ in NotingLogHandler(notes: lines) }
        // Longer than the test runs: what is looked at here is looked at by hand.
        let watchdog = LoopWatchdog(limit: .seconds(3_600), clock: clock, logger: logger)
        watchdog.watch(executor.occupants)
        return watchdog
    }

    private func connection(_ path: String) -> ConnectionExecutor {
        var scope = Scope(WebSocket.self)
        (scope.scheme, scope.rawPath) = ("wss", path)
        let connection = ConnectionExecutor(executor)
        connection.serves(scope)
        return connection
    }

    @Test("who keeps a loop for too long is named once, and again with the time when it is over")
    func blocked() {
        let watchdog = watchdog()
        let (slow, other) = (connection("/slow"), connection("/other"))
        executor.occupants.begin(other.number)
        executor.occupants.begin(slow.number)
        watchdog.look()
        clock.advance(by: .seconds(3_599))
        watchdog.look()
        #expect(lines.all.isEmpty && watchdog.blocks == 0)
        clock.advance(by: .seconds(1))
        watchdog.look()
        clock.advance(by: .seconds(400))
        watchdog.look()
        #expect(lines.all == ["by=wss /slow limit=3600.0 seconds"])
        executor.occupants.endTurn()
        watchdog.look()
        watchdog.look()
        #expect(lines.all.dropFirst() == ["about=4000.0 seconds by=wss /slow"])
        #expect(watchdog.blocks == 1)
    }

    @Test("many short jobs of one connection are no long one, and an idle loop is none")
    func short() {
        let watchdog = watchdog()
        let connection = connection("/busy")
        for _ in 0..<3 {
            executor.occupants.begin(connection.number)
            watchdog.look()
            clock.advance(by: .seconds(3_000))
        }
        executor.occupants.endTurn()
        for _ in 0..<3 {
            watchdog.look()
            clock.advance(by: .seconds(3_000))
        }
        #expect(lines.all.isEmpty && watchdog.blocks == 0)
    }

    @Test("a connection that has gone is not kept, and its path is cut")
    func gone() {
        let watchdog = watchdog()
        var connection: ConnectionExecutor? = connection("/" + String(repeating: "a", count: 1_000))
        #expect(connection?.description.utf8.count == 204)
        let number = connection?.number ?? 0
        connection = nil
        executor.occupants.begin(number)
        watchdog.look()
        clock.advance(by: .seconds(4_000))
        watchdog.look()
        #expect(lines.all == ["by=a connection that has gone limit=3600.0 seconds"])
    }

    @Test("a handler that sleeps on the loop is found by its path; the loop goes on", .timeLimit(.minutes(1)))
    func live() async throws {
        var configuration = ServerConfiguration()
        configuration.blockingLimit = .milliseconds(40)
        let logger = Logger(label: "test") { [lines] _ in NotingLogHandler(notes: lines) }
        let router = http { _, _, send in
            while lines.all.isEmpty { usleep(10_000) }
            try await send.respond("done")
        }
        let server = try await LiveServer(router, configuration: configuration, threads: 1, logger: logger)
        let wire = try await Wire(server)
        try await wire.write("GET /sleeps?secret HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await wire.read(until: "done").contains("200 OK"))
        #expect(lines.all.first == "by=http /sleeps limit=0.04 seconds")
        #expect(server.host.statistics.blockedLoops == 1)
        await wire.close()
        await server.stop()
    }
}
