// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestProcesses

/// The executables that one build puts beside the running tests.
enum Program: String {
    case lab = "Lab"
    case example = "Example"
    case workshop = "Workshop"

    var path: String {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/tmp/tests"
        return URL(filePath: tests).deletingLastPathComponent().appending(path: rawValue).path
    }

    /// Settings of the one who runs the tests are not the programs'.
    static let environment = [
        "SLUICE_HOST": "", "SLUICE_PORT": "", "SLUICE_TLS_PORT": "", "SLUICE_SECRET_FILE": "",
        "SLUICE_CHANNEL_LAYER": "", "SLUICE_DATABASE": "",
    ]

    /// What a program that has ended by itself has left.
    struct Ended {
        var status: Int32
        var output: String
        var errors: String

        var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
    }

    /// Runs the program to its end.
    func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Ended {
        try await run(arguments, environment: environment)
    }

    func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Ended {
        let place = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: place) }
        let errors = place.appending(path: "stderr-\(UUID().uuidString)")
        let process = try ChildProcess(
            "sh", ["-c", "exec \"$@\" 2>'\(errors.path)'", "sh", path] + arguments,
            environment: Self.environment.merging(environment) { $1 }, workingFolder: place)
        do {
            let status = try await process.exitStatus(within: .seconds(60))
            let output = process.output
            await process.stop()
            return Ended(status: status, output: output, errors: try String(contentsOf: errors, encoding: .utf8))
        } catch {
            await process.stop()
            throw error
        }
    }
}

/// Folders of a test's own.
enum TemporaryFolder {
    static func make() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    static func with<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
        let folder = try make()
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }
}
