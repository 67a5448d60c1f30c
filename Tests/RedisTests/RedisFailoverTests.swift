// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceChannelLayers
import SluiceRedis
import SluiceTesting
import Testing

import class TestProcesses.RedisServer

@Suite(
    "Failover: an address leads to another master", .enabled(if: RedisServer.isInstalled, RedisServer.reason),
    .timeLimit(.minutes(3)), .serialized)
struct RedisFailoverTests {
    /// A master, its replica, and an address that leads to one of them.
    private struct Pair {
        let first: RedisServer
        let second: RedisServer
        let address: URL

        init() async throws {
            first = try await RedisServer()
            second = try await RedisServer(arguments: ["--replicaof", "127.0.0.1", "\(first.port)"])
            address = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString.prefix(8)).s")
            try lead(to: first)
            try await eventually("the replica is one") { [second] in
                try second.command("INFO", "replication").contains("master_link_status:up")
            }
        }

        /// What is connected stays where it is, as with a name that leads to another address.
        func lead(to server: RedisServer) throws {
            let next = address.appendingPathExtension("next")
            try FileManager.default.createSymbolicLink(atPath: next.path, withDestinationPath: server.socket)
            guard rename(next.path, address.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        }

        func stop() async {
            await first.stop()
            await second.stop()
            try? FileManager.default.removeItem(at: address)
        }
    }

    private func withPair(_ body: (Pair) async throws -> Void) async throws {
        let pair = try await Pair()
        do { try await body(pair) } catch {
            await pair.stop()
            throw error
        }
        await pair.stop()
    }

    @Test("with a history: what is published while the parts change waits, and arrives once, in order, without a gap")
    func history() async throws {
        try await withPair { pair in
            let url = "unix:\(pair.address.path)?history=1000,60&down=wait,30"
            let layers = [try layer(url), try layer(url)]
            let members = [try await layers[0].member(of: "g"), try await layers[1].member(of: "g")]
            let sending = Task {
                for number in 0..<200 {
                    try await layers[number % 2].groupSend("g", Numbered(number: number))
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
            _ = try await members[0].receive { $0.numbers.last == 20 }
            // No more writes, until the replica has all of them.
            try pair.first.command("CLIENT", "PAUSE", "2000", "WRITE")
            try await eventually("the replica has all") {
                let state = try pair.first.command("INFO", "replication")
                guard let own = state.firstMatch(of: #/master_repl_offset:(\d+)/#)?.1 else { return false }
                return state.contains("offset=\(own),")
            }
            try pair.second.command("REPLICAOF", "NO", "ONE")
            try pair.first.command("REPLICAOF", "127.0.0.1", "\(pair.second.port)")
            try pair.first.command("CLIENT", "UNPAUSE")
            // For a while the address leads to a server that takes no writes.
            try await eventually("all have left it") { layers.allSatisfy { $0.health != .up } }
            try pair.lead(to: pair.second)
            try await sending.value
            let first = try await members[0].receive { $0.numbers.last == 199 }
            #expect(first.numbers == Array(21..<200) && first.gaps.isEmpty)
            let second = try await members[1].receive { $0.numbers.last == 199 }
            #expect(second.numbers == Array(0..<200) && second.gaps.isEmpty)
            try await eventually("no connection is left there") {
                try !pair.first.command("CLIENT", "LIST").contains("name=sluice-")
            }
            for layer in layers { await layer.shutdown() }
        }
    }

    @Test("events of one sender that a replica refuses all at once go out later, in order")
    func pipelined() async throws {
        try await withPair { pair in
            let one = try layer("unix:\(pair.address.path)?history=1000,60&down=queue,30")
            let member = try await one.member(of: "g")
            try await one.isUp()
            try pair.first.command("REPLICAOF", "127.0.0.1", "\(pair.second.port)")
            for number in 0..<100 { try one.publish("g", Numbered(number: number)) }
            try await eventually("it has left the replica") { one.health != .up }
            for number in 100..<200 { try one.publish("g", Numbered(number: number)) }
            try pair.first.command("REPLICAOF", "NO", "ONE")
            #expect(try await member.receive { $0.numbers.count >= 200 }.numbers == Array(0..<200))
            #expect(one.statistics.dropped.isEmpty)
            await one.shutdown()
        }
    }

    @Test("without a history: a server that has become a replica is left, and members hear again by the new master")
    func plain() async throws {
        try await withPair { pair in
            let layers = try (0..<2).map { _ in try layer("unix:\(pair.address.path)?down=wait,30") }
            let members = [try await layers[0].member(of: "g"), try await layers[1].member(of: "g")]
            for layer in layers { try await layer.isUp() }
            try pair.second.command("REPLICAOF", "NO", "ONE")
            try pair.first.command("REPLICAOF", "127.0.0.1", "\(pair.second.port)")
            try await eventually("all have left it") { layers.allSatisfy { $0.health != .up } }
            try pair.lead(to: pair.second)
            // Without a history who is not back yet hears nothing, and is told so by a gap.
            for layer in layers { try await layer.isUp() }
            for (number, layer) in layers.enumerated() {
                try await layer.groupSend("g", Numbered(number: number))
            }
            for member in members {
                let received = try await member.receive { $0.numbers.count == 2 }
                #expect(received.numbers == [0, 1] && received.gaps.contains { $0.isUncertain })
            }
            for layer in layers { await layer.shutdown() }
        }
    }
}
