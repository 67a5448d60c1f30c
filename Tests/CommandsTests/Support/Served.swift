// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import SluiceTLS
import SluiceTesting
import TestProcesses

/// A program that serves beside a test, as its own process.
struct Served: Sendable {
    let process: ChildProcess
    /// The port of plain HTTP and, if it serves it, of HTTPS.
    let port: Int
    let securePort: Int?
    let certificateFile: String

    /// Serves while the body runs; ends it afterwards, however the body ends.
    ///
    /// - Parameters:
    ///   - arguments: beside `serve` and the ports.
    ///   - certificate: a PEM file to serve TLS with, on a port of its own.
    ///   - shared: where it runs; `nil` for a folder of its own.
    static func run<Value: Sendable>(
        _ program: Program = .lab, _ arguments: [String] = [], certificate: String? = nil,
        environment: [String: String] = [:], folder shared: URL? = nil, _ body: (Served) async throws -> Value
    ) async throws -> Value {
        try await TemporaryFolder.with { own in
            let folder = shared ?? own
            var all = ["serve", "--port", "0"]
            if let certificate {
                all += ["--tls-port", "0", "--tls-cert", certificate, "--tls-key", certificate]
            }
            let process = try ChildProcess(
                program.path, all + arguments, environment: Program.environment.merging(environment) { $1 },
                workingFolder: folder)
            do {
                let value = try await body(
                    Served(
                        process: process, port: try await port("http", of: process),
                        securePort: certificate == nil ? nil : try await port("https", of: process),
                        certificateFile: certificate ?? ""))
                await process.stop()
                return value
            } catch {
                await process.stop()
                throw error
            }
        }
    }

    private static func port(_ scheme: String, of process: ChildProcess) async throws -> Int {
        let ready = "listening on \(scheme)://127.0.0.1:"
        let port = try await process.captured("a listener for \(scheme)", within: .seconds(60)) { output in
            output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .first { $0.hasPrefix(ready) }.map { String($0.dropFirst(ready.count)) }
        }
        return Int(port) ?? 0
    }

    func connect() async throws -> ClientConnection {
        try await ClientConnection(port: port)
    }

    /// A connection over TLS that trusts one certificate alone, the server's by default.
    func connectSecurely(trusting file: String? = nil) async throws -> ClientConnection {
        try await ClientConnection(
            port: securePort ?? 0, security: ClientConnection.Security(trust: .file(file ?? certificateFile)))
    }

    func webSocket(
        _ target: String, subprotocols: [String] = [], headers: HTTPFields = [:]
    ) async throws -> WebSocketClient {
        try await WebSocketClient(try await connect(), target, subprotocols: subprotocols, headers: headers)
    }

    /// One request on a connection of its own.
    func get(_ target: String) async throws -> HTTPTestResponse {
        let client = HTTPClient(try await connect())
        let response = try await client.request(.get, target)
        await client.connection.close()
        return response
    }

    /// A JSON object that a path answers with.
    func object(_ target: String) async throws -> JSONObject {
        try JSONObject(try await get(target).text)
    }

    /// Asks it to stop, and gives its status as a shell does.
    func end(by signal: Int32 = SIGTERM) async throws -> Int32 {
        try await process.send(signal: signal)
        return try await process.exitStatus(within: .seconds(60))
    }
}

/// A JSON object, to be asked for what it holds.
struct JSONObject: CustomStringConvertible {
    let description: String
    private let fields: [String: Any]

    init(_ text: String) throws {
        description = text
        guard let fields = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            throw CommunicatorError(.unexpected, "no JSON object: \(text)")
        }
        self.fields = fields
    }

    var keys: Set<String> { Set(fields.keys) }
    func number(_ key: String) -> Int? { fields[key] as? Int }
    func text(_ key: String) -> String? { fields[key] as? String }
    func flag(_ key: String) -> Bool? { fields[key] as? Bool }
    func list(_ key: String) -> [Any]? { fields[key] as? [Any] }
    func object(_ key: String) -> [String: Any]? { fields[key] as? [String: Any] }
    func isNull(_ key: String) -> Bool { fields[key] is NSNull }
}

extension WebSocketClient {
    /// Takes the next message, a JSON object.
    func receiveObject() async throws -> JSONObject {
        try JSONObject(try await receiveText())
    }
}
