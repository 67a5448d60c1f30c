// SPDX-License-Identifier: Apache-2.0

import Foundation
import Sluice
import Testing

@testable import Example

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "sluice-example-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The chat's tables in a file of this folder; each call opens it anew, as another process would.
    func databases() async throws -> Databases {
        var settings = DatabaseSettings()
        settings.urls = ["default": "sqlite:\(path)/chat.sqlite3"]
        let registry = try PluginRegistry([
            Pages(allowedHosts: AllowedHosts.development), Storage(migrations: ""), Accounts(), Chat(),
        ])
        let databases = try #require(try settings.databases(registry, clock: SystemTime()))
        try await databases.createTables()
        return databases
    }
}
