// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A Redis server of the tests' own, on a socket in its own folder and on a free port of the loopback address.
package final class RedisServer: Sendable {
    package let port: Int
    package let socket: String
    private let folder: URL
    private let process: ChildProcess

    /// Whether the machine has one; without it the tests that need it are skipped by name.
    package static let isInstalled = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/redis-server")
    }
    /// One for all tests that do not disturb it.
    package static let shared = Task { try await RedisServer() }

    package init(port: Int? = nil, arguments: [String] = []) async throws {
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

    package var url: String { "redis://127.0.0.1:\(port)" }

    /// Sends a signal to the server alone.
    package func signal(_ number: Int32) async throws {
        try await process.send(signal: number)
    }

    /// What `redis-cli` prints.
    @discardableResult
    package func command(_ words: String...) throws -> String {
        try run(words)
    }

    /// Publishes any bytes.
    package func publish(_ channel: String, _ bytes: [UInt8]) throws {
        _ = try run(["-x", "PUBLISH", channel], input: bytes)
    }

    private func run(_ words: [String], input: [UInt8]? = nil) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["redis-cli", "-s", socket] + words
        var file: FileHandle?
        if let input {
            let url = folder.appending(path: UUID().uuidString)
            try Data(input).write(to: url)
            file = try FileHandle(forReadingFrom: url)
        }
        process.standardInput = file ?? FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    /// How often the server has run a command, by itself or in a script.
    package func calls(of command: String) throws -> Int {
        let line = try self.command("INFO", "commandstats").split(separator: "\r\n").first {
            $0.hasPrefix("cmdstat_\(command):")
        }
        return line?.firstMatch(of: #/calls=(\d+)/#).flatMap { Int($0.1) } ?? 0
    }

    /// Ends all connections but this one's.
    package func killClients() throws {
        try command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        try command("CLIENT", "KILL", "TYPE", "pubsub")
    }

    package func stop() async {
        await process.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// A port that nobody listens on at this moment.
    package static func freePort() throws -> Int {
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
        guard let port else { throw POSIXError(.EADDRNOTAVAIL) }
        return Int(port)
    }
}
