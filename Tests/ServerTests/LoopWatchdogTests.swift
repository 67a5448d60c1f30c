// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOEmbedded
import SluiceCore
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("The loop watchdog")
struct LoopWatchdogTests {
    private let clock = VirtualTime()
    private let log = RecordedLog()
    private let executor = EventLoopExecutor(EmbeddedEventLoop())

    private func watchdog() -> LoopWatchdog {
        // Longer than the test runs: what is looked at here is looked at by hand.
        let watchdog = LoopWatchdog(limit: .seconds(3_600), clock: clock, logger: log.logger())
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
        #expect(log.lines.isEmpty && watchdog.blocks == 0)
        clock.advance(by: .seconds(1))
        watchdog.look()
        clock.advance(by: .seconds(400))
        watchdog.look()
        #expect(log.lines.map(\.fields) == ["by=wss /slow limit=3600.0 seconds"])
        executor.occupants.endTurn()
        watchdog.look()
        watchdog.look()
        #expect(log.lines.dropFirst().map(\.fields) == ["about=4000.0 seconds by=wss /slow"])
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
        #expect(log.lines.isEmpty && watchdog.blocks == 0)
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
        #expect(log.lines.map(\.fields) == ["by=a connection that has gone limit=3600.0 seconds"])
    }

    @Test("a handler that sleeps on the loop is found by its path; the loop goes on", .timeLimit(.minutes(1)))
    func live() async throws {
        var configuration = ServerConfiguration()
        configuration.blockingLimit = .milliseconds(40)
        let router = http { _, _, send in
            while log.lines.isEmpty { usleep(10_000) }
            try await send.respond("done")
        }
        let server = try await LiveServer(router, configuration: configuration, threads: 1, logger: log.logger())
        let wire = try await Wire(server)
        try await wire.write("GET /sleeps?secret HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await wire.read(until: "done").contains("200 OK"))
        #expect(log.lines.first?.fields == "by=http /sleeps limit=0.04 seconds")
        #expect(server.host.statistics.blockedLoops == 1)
        await wire.close()
        await server.stop()
    }
}
