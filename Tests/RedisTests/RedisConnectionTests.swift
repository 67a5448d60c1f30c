// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceChannelLayers
import SluiceRedis
import SluiceTLS
import SluiceTesting
import Testing

import class TestProcesses.RedisServer

@Suite(
    "Signing in to Redis, and TLS to it", .enabled(if: RedisServer.isInstalled, RedisServer.reason),
    .timeLimit(.minutes(2)))
struct RedisConnectionTests {
    private func reason(_ layer: some ChannelLayer) async throws -> String {
        var reason = ""
        try await eventually("a reason is known") {
            if case .down(let text) = layer.health { reason = text }
            return reason.contains("let us in") || reason.contains("cannot be reached") || reason.contains("lost")
        }
        return reason
    }

    @Test("users and passwords of the access control list; a wrong one is told, and not the password")
    func users() async throws {
        let server = try await RedisServer(arguments: [
            "--user", "anna", "on", ">s:e@cret", "~asgi*", "&*", "+@all", "--user", "default", "on", ">other", "~*",
            "&*",
            "+@all",
        ])
        for url in ["redis://anna:s%3Ae%40cret@127.0.0.1:\(server.port)", "redis://:other@127.0.0.1:\(server.port)"] {
            let layer = try layer(url)
            let member = try await layer.member(of: "g")
            try await layer.groupSend("g", Numbered(number: 1))
            #expect(try await member.receive { $0.numbers == [1] }.numbers == [1])
            await layer.shutdown()
        }
        for url in ["redis://anna:hush@127.0.0.1:\(server.port)", "redis://127.0.0.1:\(server.port)"] {
            let refused = try layer(url)
            let reason = try await reason(refused)
            #expect((reason.contains("WRONGPASS") || reason.contains("NOAUTH")) && !reason.contains("hush"))
            await refused.shutdown()
        }
        await server.stop()
    }

    @Test("rediss: verifies the server's certificate, and refuses one that nobody it trusts has signed")
    func tls() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (certificate, key) = (folder.appending(path: "c.pem").path, folder.appending(path: "k.pem").path)
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out",
            certificate,
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
        let port = try RedisServer.freePort()
        let server = try await RedisServer(arguments: [
            "--tls-port", "\(port)", "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file",
            certificate,
            "--tls-auth-clients", "no",
        ])
        for host in ["localhost", "127.0.0.1"] {
            let trusted = try layer("rediss://\(host):\(port)?ca=\(certificate)")
            let member = try await trusted.member(of: "g")
            try await trusted.groupSend("g", Numbered(number: 1))
            #expect(try await member.receive { $0.numbers == [1] }.numbers == [1])
            await trusted.shutdown()
        }
        let untrusted = try layer("rediss://localhost:\(port)")
        #expect(try await reason(untrusted).contains("certificate"))
        await untrusted.shutdown()
        #expect(throws: TLSError.self) { _ = try layer("rediss://localhost:\(port)?ca=/nonexistent") }
        await server.stop()
    }

    @Test("a process whose lease has ended is taken out of every presence, and its members are told to others")
    func lease() async throws {
        let server = try await RedisServer()
        let (one, other) = (try layer(server.url), try layer(server.url))
        let (here, there) = (try await one.member(of: "g"), try await other.member(of: "g"))
        try await one.track("g", here.name, key: "anna")
        try await other.track("g", there.name, key: "ben")
        try await eventually("both are known") { try await one.presence("g").map(\.key) == ["anna", "ben"] }
        // As if the first process had been killed long ago; it says that it lives within a second, and is back.
        let process = String(here.name.rawValue.dropFirst("specific.".count).prefix(32))
        try server.command("ZADD", "asgi__leases__", "1", process)
        #expect(try await other.presence("g").map(\.key) == ["ben"])
        try await eventually("it has said that it lives") {
            try await other.presence("g").map(\.key) == ["anna", "ben"]
        }
        try server.command("FLUSHALL")
        try await eventually("all is said again") { try await other.presence("g").map(\.key) == ["anna", "ben"] }
        await one.shutdown()
        await other.shutdown()
        await server.stop()
    }
}
