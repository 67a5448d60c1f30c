// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceRedis
import TestProcesses
import Testing

/// A Redis server of the tests' own, on a socket in its own folder and on a free port of the loopback address.
final class RedisServer: Sendable {
    let port: Int
    let socket: String
    private let folder: URL
    private let process: ChildProcess

    /// Whether the machine has one; without it the tests that need it are skipped by name.
    static let isInstalled = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/redis-server")
    }
    static let reason: Comment = "redis-server is not installed"

    /// One for all tests that do not disturb it.
    static let shared = Task { try await RedisServer() }

    init(port: Int? = nil, arguments: [String] = []) async throws {
        self.port = try port ?? Self.freePort()
        folder = FileManager.default.temporaryDirectory.appending(path: "sluice-redis-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        socket = folder.appending(path: "s").path
        process = try ChildProcess(
            "redis-server",
            [
                "--port", "\(self.port)", "--bind", "127.0.0.1", "--unixsocket", socket, "--save", "", "--appendonly",
                "no",
                "--dir", folder.path, "--daemonize", "no",
            ] + arguments)
        _ = try await process.captured("the start of Redis") { $0.contains("Ready to accept connections") ? $0 : nil }
    }

    var url: String { "redis://127.0.0.1:\(port)" }

    /// Sends a signal to the server alone.
    func signal(_ number: Int32) async throws {
        try await process.send(signal: number)
    }

    /// What `redis-cli` prints.
    @discardableResult
    func command(_ words: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["redis-cli", "-s", socket] + words
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    /// How often the server has run a command, by itself or in a script.
    func calls(of command: String) throws -> Int {
        let line = try self.command("INFO", "commandstats").split(separator: "\r\n").first {
            $0.hasPrefix("cmdstat_\(command):")
        }
        return line?.firstMatch(of: #/calls=(\d+)/#).flatMap { Int($0.1) } ?? 0
    }

    /// Ends all connections but this one's.
    func killClients() throws {
        try command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        try command("CLIENT", "KILL", "TYPE", "pubsub")
    }

    func stop() async {
        await process.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// A port that nobody listens on at this moment.
    static func freePort() throws -> Int {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> UInt16? in
                guard bind(descriptor, pointer, length) == 0, getsockname(descriptor, pointer, &length) == 0 else {
                    return nil
                }
                return UnsafeRawPointer(pointer).load(as: sockaddr_in.self).sin_port.bigEndian
            }
        }
        return Int(try #require(port))
    }
}
