// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The built example, served as a user would: in a folder of its own, which keeps its data from one start to the next.
actor ExampleServer {
    /// Beside the running test bundle, where one build puts both.
    private static let executable = Screenshots.folder.deletingLastPathComponent().appending(path: "Example").path
    /// Settings of the one who runs the tests are not the example's.
    private static let environment = [
        "SLUICE_HOST": "", "SLUICE_PORT": "", "SLUICE_TLS_PORT": "", "SLUICE_SECRET_FILE": "",
        "SLUICE_CHANNEL_LAYER": "", "SLUICE_DATABASE": "",
    ]

    private let folder: URL
    private var process: ChildProcess?
    /// The ports of plain http and of https: any at the first start, the same ones afterwards.
    private(set) var plainPort = 0
    private(set) var securePort = 0

    /// Where the site is, as a user types it.
    var url: String { "https://localhost:\(securePort)" }

    private init(folder: URL) {
        self.folder = folder
    }

    /// Runs the body beside a started server, and ends it afterwards, however the body ends.
    static func run<Value: Sendable>(_ body: (ExampleServer) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = ExampleServer(folder: folder)
        do {
            try await server.start()
            let value = try await body(server)
            await server.stop()
            return value
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Starts it, the second time on the same ports with the same data; returns when it accepts.
    func start() async throws {
        let arguments = [
            "serve", "--demo", "--port", "\(plainPort)", "--tls-port", "\(securePort)", "--step-ms", "100",
        ]
        let process = try ChildProcess(
            Self.executable, arguments, environment: Self.environment, workingFolder: folder)
        self.process = process
        plainPort = try await Self.port("http", of: process)
        securePort = try await Self.port("https", of: process)
    }

    /// Ends it by a signal.
    ///
    /// - Returns: its exit status as a shell gives it.
    func end(by signal: Int32) async throws -> Int32? {
        guard let process else { return nil }
        try await process.send(signal: signal)
        let status = try await process.exitStatus(within: .seconds(30))
        await stop()
        return status
    }

    private func stop() async {
        await process?.stop()
        process = nil
    }

    private static func port(_ scheme: String, of process: ChildProcess) async throws -> Int {
        let ready = "listening on \(scheme)://127.0.0.1:"
        let port = try await process.captured("the example to listen for \(scheme)", within: .seconds(30)) { output in
            output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .first { $0.hasPrefix(ready) }.map { String($0.dropFirst(ready.count)) }
        }
        return Int(port) ?? 0
    }
}
