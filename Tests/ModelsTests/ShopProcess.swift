// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestProcesses

/// The application `Shop` in a folder of its own.
struct ShopProcess {
    let folder: URL

    static var path: String {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/tmp/tests"
        return URL(filePath: tests).deletingLastPathComponent().appending(path: "Shop").path
    }

    /// Runs a test with an empty folder.
    static func with(_ body: (ShopProcess) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(ShopProcess(folder: folder))
    }

    func file(_ name: String) -> String { folder.appending(path: name).path }

    func start(_ arguments: String...) throws -> ChildProcess { try start(arguments) }

    private func start(_ arguments: [String]) throws -> ChildProcess {
        let settings = ["SLUICE_DATABASE", "SLUICE_MIGRATIONS", "SLUICE_SECRET_FILE", "SLUICE_CHANNEL_LAYER"]
        return try ChildProcess(
            Self.path, arguments, environment: Dictionary(uniqueKeysWithValues: settings.map { ($0, "") }),
            workingFolder: folder)
    }

    /// Runs a command to its end: its status and all that it wrote.
    @discardableResult
    func run(_ arguments: String...) async throws -> (status: Int32, output: String) {
        let process = try start(arguments)
        do {
            let status = try await process.exitStatus(within: .seconds(60))
            await process.stop()
            return (status, process.output)
        } catch {
            await process.stop()
            throw error
        }
    }
}
