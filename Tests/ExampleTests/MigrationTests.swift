// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sluice
import Testing

@testable import Example

@Suite("Migrations of the sample application")
struct MigrationTests {
    @Test("what the models ask for is what the migrations come to")
    func complete() async throws {
        let schema = try Schema(
            try PluginRegistry(try Site.parse([]).plugins).values(for: .models).map { $0.declaration })
        let history = try MigrationHistory(folder: ResourceFolders.migrations)
        #expect(!history.migrations.isEmpty)
        #expect(try history.next(schema) == nil)
    }
}
